// The sampler of a TarFlow: what it shows on its way, when it goes on, what it refuses.
#include <doctest/doctest.h>

#include "compare.h"
#include "messages.h"
#include "random_tarflow.h"
#include "rivulet/models/tarflow_sampler.h"

using namespace rivulet;
using namespace rivulet::testing;
using models::TarflowMethod;

namespace {

constexpr int batch = 3;
const std::vector<float> some_labels = {0, 1, 2, 0, 3, 2};  // the last: any, any

std::vector<float> some_noise(const models::TarflowModel& model, int rows = batch,
                              uint64_t seed = 5) {
  const Tensor z = normal({rows, model.pixels()}, seed, 0.7F);
  return {z.span().begin(), z.span().end()};
}

}  // namespace

TEST_CASE("tarflow: on the way every pixel is where it belongs, whichever way a block reads") {
  for (const int blocks : {1, 2, 3}) {
    CAPTURE(blocks);
    models::TarflowModel model = small_tarflow();
    model.blocks = blocks;
    models::TarflowSampler sampler(random_file(model), batch, cpu_device());
    const std::vector<float> z = some_noise(model);
    std::vector<float> seen(z.size());
    sampler.begin({.labels = some_labels}, z);
    sampler.look(seen);
    CHECK(seen == z);  // nothing is solved yet
    bool done = false;
    while (!done) {
      const int block = sampler.block();
      const std::vector<float> before = seen;
      done = sampler.advance();
      sampler.look(seen);
      if (done || sampler.block() != block) continue;
      size_t moved = 0;
      for (size_t i = 0; i < seen.size(); ++i) moved += seen[i] != before[i];
      CHECK(moved <= seen.size() / 9);  // of nine tokens one was solved
    }
  }
}

TEST_CASE("tarflow: sweeps go on until no number moves, be it up or down") {
  models::TarflowModel model = small_tarflow();
  model.pictures.net.side = 3;  // tokens of one number: nothing else moves beside it
  model.pictures.net.channels = model.pictures.net.patch = 1;
  models::TarflowSampler sampler(random_file(model, 0.3F), 1, cpu_device());
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    std::vector<float> solved = some_noise(model, 1, seed);
    (void)sampler.sample({.labels = {0, 1}}, solved);
    for (const TarflowMethod method : {TarflowMethod::jacobi, TarflowMethod::gauss_seidel}) {
      std::vector<float> swept = some_noise(model, 1, seed);
      (void)sampler.sample({.labels = {0, 1}, .method = method, .group = 4, .tolerance = 0}, swept);
      check_close(swept, solved, 1e-5F);
    }
  }
}

TEST_CASE("tarflow: noise of another size is refused") {
  const models::TarflowModel model = small_tarflow();
  models::TarflowSampler sampler(random_file(model), batch, cpu_device());
  std::vector<float> z = some_noise(model);
  z.pop_back();
  CHECK(message_of([&] { (void)sampler.sample({.labels = some_labels}, z); }) ==
        "[tarflow] 215 numbers of noise for 3 pictures of 72");
}
