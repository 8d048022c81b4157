#include "rivulet/core/shape.h"

#include <doctest/doctest.h>

#include "rivulet/core/error.h"
#include "rivulet/core/tensor.h"

using rivulet::Error;
using rivulet::normal_axis;
using rivulet::Shape;
using rivulet::strides;
using rivulet::Tensor;

TEST_SUITE_BEGIN("shape");

TEST_CASE("shape: extents, elements, text") {
  const Shape s{2, 3, 4};
  CHECK(s.rank() == 3);
  CHECK(s[0] == 2);
  CHECK(s[-1] == 4);
  CHECK(s[-3] == 2);
  CHECK(s.numel() == 24);
  CHECK(s.str() == "(2,3,4)");
  CHECK(Shape{}.rank() == 0);
  CHECK(Shape{}.numel() == 1);
  CHECK(Shape{}.str() == "()");
  CHECK(Shape{5, 0, 7}.numel() == 0);
}

TEST_CASE("shape: equal when rank and extents are") {
  CHECK(Shape{2, 3} == Shape{2, 3});
  CHECK(Shape{2, 3} != Shape{3, 2});
  CHECK(Shape{2} != Shape{2, 1});
  Shape changed{2, 3};
  changed[-1] = 5;
  CHECK(changed == Shape{2, 5});
  changed.push_back(1);
  CHECK(changed == Shape{2, 5, 1});
}

TEST_CASE("shape: at most six axes, none negative") {
  Shape six{1, 2, 3, 4, 5, 6};
  CHECK(six.numel() == 720);
  CHECK_THROWS_AS(six.push_back(7), Error);
  CHECK(six.rank() == 6);
  CHECK_THROWS_AS((Shape{1, 1, 1, 1, 1, 1, 1}), Error);
  CHECK_THROWS_WITH_AS((Shape{4, -1}), "[shape] negative extent -1", Error);
}

TEST_CASE("shape: row-major strides") {
  const auto s = strides(Shape{2, 3, 4});
  CHECK(s[0] == 12);
  CHECK(s[1] == 4);
  CHECK(s[2] == 1);
}

TEST_CASE("shape: axes count from either end") {
  const Shape s{2, 3};
  CHECK(normal_axis("x", s, 1) == 1);
  CHECK(normal_axis("x", s, -1) == 1);
  CHECK(normal_axis("x", s, -2) == 0);
  CHECK_THROWS_WITH_AS((void)normal_axis("sum", s, 2), "[sum] axis 2 is outside of shape (2,3)",
                       Error);
  CHECK_THROWS_AS((void)normal_axis("sum", s, -3), Error);
  CHECK_THROWS_AS((void)normal_axis("sum", Shape{}, 0), Error);
}

TEST_CASE("tensor: a value with its shape") {
  const Tensor zeros(Shape{2, 2});
  CHECK(zeros.numel() == 4);
  for (const float x : zeros.span()) CHECK(x == 0.0F);
  CHECK(Tensor{}.numel() == 1);
  CHECK(Tensor{}.shape() == Shape{});
  CHECK(Tensor::scalar(3.5F)[0] == 3.5F);
  CHECK(Tensor::full(Shape{3}, 2.0F)[2] == 2.0F);

  Tensor a(Shape{2}, {1.0F, 2.0F});
  Tensor b = a;
  b[0] = 9.0F;
  CHECK(a[0] == 1.0F);
  CHECK(b.span()[0] == 9.0F);
  CHECK_THROWS_WITH_AS(Tensor(Shape{2, 2}, {1.0F}), "[tensor] 1 values for shape (2,2)", Error);
}

TEST_SUITE_END();
