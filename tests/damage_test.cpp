// Drawing only what changed: frames drawn over one another look as if each were drawn whole.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <vector>

#include "rivulet/core/random.h"
#include "rivulet/ui/damage.h"

using namespace rivulet;
using ui::Box;
using ui::Damage;
using ui::Pixels;

namespace {

constexpr ImU32 page = IM_COL32(255, 255, 255, 255);

/// Draws with a list that covers the screen.
class Screen {
 public:
  explicit Screen(ImVec2 size, float scale = 1) {
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = size;
    io.DisplayFramebufferScale = {scale, scale};
    io.DeltaTime = 1.0F / 60;
    unsigned char* pixels = nullptr;
    int width = 0;
    int height = 0;
    io.Fonts->GetTexDataAsRGBA32(&pixels, &width, &height);
    io.Fonts->SetTexID(texture(1));
  }
  ~Screen() { ImGui::DestroyContext(); }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  ImDrawData& frame(const std::function<void(ImDrawList&)>& draw) {
    ImGui::NewFrame();
    draw(*ImGui::GetBackgroundDrawList());
    ImGui::Render();
    return *ImGui::GetDrawData();
  }

  static ImTextureID texture(uintptr_t number) { return std::bit_cast<ImTextureID>(number); }
};

/// What a graphics processor makes of draw data, but that each pixel tells all triangles that were
/// drawn upon it, in their order.
class Canvas {
 public:
  Canvas(int width, int height)
      : width_(width), height_(height), pixels_(static_cast<size_t>(width * height)) {}

  void clear(const Pixels& area) {
    for (int y = std::max(0, area.y); y < std::min(height_, area.y + area.h); ++y) {
      for (int x = std::max(0, area.x); x < std::min(width_, area.x + area.w); ++x) at(x, y) = 0;
    }
  }
  void draw(const ImDrawData& data) {
    for (const ImDrawList* list : data.CmdLists) {
      for (const ImDrawCmd& command : list->CmdBuffer) {
        for (unsigned i = 0; i < command.ElemCount; i += 3) draw(data, *list, command, i);
      }
    }
  }
  bool operator==(const Canvas&) const = default;

 private:
  uint64_t& at(int x, int y) { return pixels_[static_cast<size_t>(y * width_ + x)]; }

  void draw(const ImDrawData& data, const ImDrawList& list, const ImDrawCmd& command, unsigned i) {
    const ImVec2 scale = data.FramebufferScale;
    // As the back end cuts.
    const ImVec4& clip = command.ClipRect;
    const int left = static_cast<int>(clip.x * scale.x);
    const int low = static_cast<int>(static_cast<float>(height_) - clip.w * scale.y);
    const int right = left + static_cast<int>(clip.z * scale.x - clip.x * scale.x);
    const int high = low + static_cast<int>(clip.w * scale.y - clip.y * scale.y);
    std::array<ImDrawVert, 3> corners;
    uint64_t print = 0;
    for (unsigned c = 0; c < 3; ++c) {
      corners[c] = list.VtxBuffer[static_cast<int>(
          command.VtxOffset + list.IdxBuffer[static_cast<int>(command.IdxOffset + i + c)])];
      for (const uint32_t word : std::bit_cast<std::array<uint32_t, 5>>(corners[c]))
        print = (print ^ word) * 0x9E3779B97F4A7C15U;
    }
    for (int y = std::max(0, low); y < std::min(height_, high); ++y) {
      for (int x = std::max(0, left); x < std::min(width_, right); ++x) {
        const ImVec2 p{(static_cast<float>(x) + 0.5F) / scale.x,
                       (static_cast<float>(height_ - y) - 0.5F) / scale.y};
        if (inside(corners, p)) at(x, y) = (at(x, y) ^ print) * 0xD6E8FEB86659FD93U + 1;
      }
    }
  }
  static bool inside(const std::array<ImDrawVert, 3>& t, ImVec2 p) {
    const auto side = [&](size_t a, size_t b) {
      return (t[b].pos.x - t[a].pos.x) * (p.y - t[a].pos.y) -
             (t[b].pos.y - t[a].pos.y) * (p.x - t[a].pos.x);
    };
    const std::array<float, 3> sides{side(0, 1), side(1, 2), side(2, 0)};
    return std::ranges::all_of(sides, [](float s) { return s >= 0; }) ||
           std::ranges::all_of(sides, [](float s) { return s <= 0; });
  }

  int width_;
  int height_;
  std::vector<uint64_t> pixels_;
};

bool covers(const std::vector<Box>& areas, ImVec2 p) {
  return std::ranges::any_of(areas, [&](const Box& area) { return area.contains(p); });
}
float size_of(const std::vector<Box>& areas) {
  float size = 0;
  for (const Box& area : areas) size += area.w * area.h;
  return size;
}

}  // namespace

TEST_CASE("damage: all of the first frame, nothing of the same again, and what moves") {
  Screen screen({1000, 800});
  Damage damage;
  const auto frame = [&](float x, bool pictures = false) {
    ImDrawData& data = screen.frame([&](ImDrawList& list) {
      list.AddRectFilled({20, 20}, {60, 40}, IM_COL32(1, 2, 3, 255));
      list.AddRectFilled({x, 500}, {x + 10, 510}, IM_COL32(9, 2, 3, 255));
      list.AddText({700, 20}, IM_COL32_BLACK, "as it was");
      list.AddImage(Screen::texture(7), {800, 700}, {900, 790});
    });
    return damage.find(data, page, pictures);
  };
  CHECK(size_of(frame(100)) == 1000 * 800);
  CHECK(frame(100).empty());
  const std::vector<Box> moved = frame(400);
  CHECK(moved.size() == 2);
  CHECK(covers(moved, {105, 505}));
  CHECK(covers(moved, {405, 505}));
  CHECK(size_of(moved) <= 8 * 32 * 32);
  const std::vector<Box> pictured = frame(400, true);
  CHECK(covers(pictured, {850, 750}));
  CHECK_FALSE(covers(pictured, {405, 505}));
  damage.forget();
  CHECK(size_of(frame(400)) == 1000 * 800);
  ImGui::GetIO().DisplaySize = {900, 800};
  CHECK(size_of(frame(400)) == 900 * 800);
}

TEST_CASE("damage: a line of text that grows moves nothing else") {
  Screen screen({1000, 800});
  Damage damage;
  const auto frame = [&](const char* steps) {
    return damage.find(screen.frame([&](ImDrawList& list) {
      list.AddText({20, 20}, IM_COL32_BLACK, "Above");
      list.AddText({500, 400}, IM_COL32_BLACK, steps);
      list.AddText({20, 700}, IM_COL32_BLACK, "Below");
    }),
                       page, false);
  };
  (void)frame("999 steps");
  const std::vector<Box> areas = frame("1000 steps");
  REQUIRE(areas.size() == 1);
  CHECK(covers(areas, {505, 405}));
  CHECK(size_of(areas) <= 6 * 32 * 32);
}

TEST_CASE("damage: places that are no numbers, or far away") {
  Screen screen({1000, 800});
  Damage damage;
  const auto frame = [&](float x) {
    return damage.find(screen.frame([&](ImDrawList& list) {
      list.PrimReserve(3, 3);
      for (const ImVec2 at : {ImVec2{x, 100}, ImVec2{120, 100}, ImVec2{110, 140}})
        list.PrimVtx(at, {}, IM_COL32_BLACK);
    }),
                       page, false);
  };
  (void)frame(100);
  const std::vector<Box> gone = frame(std::numeric_limits<float>::quiet_NaN());
  CHECK(covers(gone, {110, 120}));
  CHECK(size_of(gone) <= 8 * 32 * 32);
  CHECK(frame(std::numeric_limits<float>::quiet_NaN()).empty());
  CHECK(covers(frame(std::numeric_limits<float>::infinity()), {999, 120}));
  CHECK(covers(frame(-1e30F), {5, 120}));
}

TEST_CASE("damage: what is drawn over the last frame is the frame, at any density") {
  for (const float scale : {1.0F, 1.25F, 2.0F, 0.8F, 1.1F}) {
    CAPTURE(scale);
    constexpr ImVec2 size{310, 205};
    Screen screen(size, scale);
    Damage damage;
    const int width = static_cast<int>(size.x * scale);
    const int height = static_cast<int>(size.y * scale);
    Canvas kept(width, height);
    struct Shape {
      float x, y, w, h;
      float cut;  // of its clip rectangle
      ImU32 color;
      uintptr_t texture;
    };
    std::vector<Shape> shapes;
    Rng rng(static_cast<uint64_t>(scale * 100));
    const auto number = [&](float most) { return rng.uniform() * most; };
    const auto any_shape = [&] {
      return Shape{number(300),
                   number(190),
                   1 + number(40),
                   1 + number(30),
                   number(20),
                   0xFF000000U | static_cast<ImU32>(number(1 << 24)),
                   number(4) < 1 ? uintptr_t{2} : uintptr_t{0}};
    };
    for (int i = 0; i < 12; ++i) shapes.push_back(any_shape());
    for (int frame = 0; frame < 24; ++frame) {
      CAPTURE(frame);
      if (shapes.size() < 8 || number(3) < 1) shapes.push_back(any_shape());
      shapes[static_cast<size_t>(number(0.999F) * static_cast<float>(shapes.size()))] = any_shape();
      if (number(4) < 1) shapes.erase(shapes.begin() + 3);
      if (number(4) < 1) std::swap(shapes[0], shapes[5]);
      ImDrawData& data = screen.frame([&](ImDrawList& list) {
        for (const Shape& s : shapes) {
          list.PushClipRect({s.x + s.cut / 3, s.y}, {s.x + s.w, s.y + s.h - s.cut / 7}, true);
          if (s.texture != 0) {
            list.AddImage(Screen::texture(s.texture), {s.x, s.y}, {s.x + s.w, s.y + s.h});
          } else {
            list.AddRectFilled({s.x, s.y}, {s.x + s.w, s.y + s.h}, s.color);
            list.AddCircle({s.x + s.w / 2, s.y + s.h / 2}, s.w / 2, IM_COL32_BLACK);
          }
          list.PopClipRect();
        }
      });
      const std::vector<Box> areas = damage.find(data, page, false);
      for (const Box& area : areas) kept.clear(ui::pixels_of(area, data));
      {
        const ui::OnlyIn only(data, areas);
        kept.draw(data);
      }
      Canvas whole(width, height);
      whole.draw(data);
      CHECK((kept == whole));
    }
  }
}
