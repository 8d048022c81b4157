#include "rivulet/ui/damage.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

namespace rivulet::ui {
namespace {

constexpr float cell_side = 32;
constexpr float margin = 2;  // that smooth edges, and roundings to pixels, may reach
constexpr size_t most_areas = 4;
constexpr float little = 4 * cell_side * cell_side;

struct Rect {
  float x0;
  float y0;
  float x1;
  float y1;
  /// Or of what is no number, which nothing draws.
  [[nodiscard]] bool empty() const { return !(x1 > x0 && y1 > y0); }
};

Rect meet(const Rect& a, const Rect& b) {
  return {std::max(a.x0, b.x0), std::max(a.y0, b.y0), std::min(a.x1, b.x1), std::min(a.y1, b.y1)};
}
Rect join(const Rect& a, const Rect& b) {
  return {std::min(a.x0, b.x0), std::min(a.y0, b.y0), std::max(a.x1, b.x1), std::max(a.y1, b.y1)};
}
float size_of(const Rect& r) { return (r.x1 - r.x0) * (r.y1 - r.y0); }
bool overlap(const Rect& a, const Rect& b) { return !meet(a, b).empty(); }

/// What is marked on a grid of cells, as a few rectangles around it.
class Marks {
 public:
  explicit Marks(ImVec2 size)
      : size_(size),
        columns_(static_cast<int>(std::ceil(size.x / cell_side))),
        rows_(static_cast<int>(std::ceil(size.y / cell_side))),
        marked_(static_cast<size_t>(std::max(0, columns_)) *
                static_cast<size_t>(std::max(0, rows_))) {}

  void add(Rect r) {
    r = meet({r.x0 - margin, r.y0 - margin, r.x1 + margin, r.y1 + margin},
             {0, 0, size_.x, size_.y});
    if (r.empty()) return;
    const auto cell = [](float at) { return static_cast<int>(at / cell_side); };
    for (int row = cell(r.y0); row <= std::min(cell(r.y1), rows_ - 1); ++row) {
      for (int column = cell(r.x0); column <= std::min(cell(r.x1), columns_ - 1); ++column) {
        marked_[static_cast<size_t>(row * columns_ + column)] = true;
      }
    }
  }

  [[nodiscard]] std::vector<Box> areas() const {
    std::vector<Rect> all;
    for (int row = 0; row < rows_; ++row) {
      for (int column = 0; column < columns_; ++column) {
        if (!is_marked(row, column)) continue;
        const int begin = column;
        while (column < columns_ && is_marked(row, column)) ++column;
        const auto at = [](int cell) { return static_cast<float>(cell) * cell_side; };
        all.push_back({at(begin), at(row), at(column), at(row + 1)});
        merge(all);
      }
    }
    std::vector<Box> boxes;
    boxes.reserve(all.size());
    for (const Rect& r : all) {
      boxes.push_back({r.x0, r.y0, std::min(r.x1, size_.x) - r.x0, std::min(r.y1, size_.y) - r.y0});
    }
    return boxes;
  }

 private:
  [[nodiscard]] bool is_marked(int row, int column) const {
    return marked_[static_cast<size_t>(row * columns_ + column)];
  }

  /// The last one with others: where they overlap, where little is lost, and where there are too
  /// many.
  static void merge(std::vector<Rect>& all) {
    while (all.size() > 1) {
      const Rect last = all.back();
      const auto lost = [&](const Rect& r) {
        return overlap(r, last) ? -1.0F : size_of(join(r, last)) - size_of(r) - size_of(last);
      };
      const auto best = std::ranges::min_element(all.begin(), all.end() - 1, {}, lost);
      if (lost(*best) > little && all.size() <= most_areas) return;
      all.back() = join(*best, last);
      all.erase(best);
    }
  }

  ImVec2 size_;
  int columns_;
  int rows_;
  std::vector<bool> marked_;
};

/// The shapes of one list: another frame's, or this one's.
struct Shapes {
  std::span<const ImDrawVert> vertices;
  std::span<const ImDrawIdx> indices;
  std::span<const ImDrawCmd> commands;
};

template <class T>
bool same(std::span<const T> a, std::span<const T> b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}
/// What is drawn from the same bits is the same, of NaN too.
template <class T>
auto bits_of(const T& x) {
  return std::bit_cast<std::array<uint32_t, sizeof(T) / sizeof(uint32_t)>>(x);
}
bool same(const ImDrawCmd& a, const ImDrawCmd& b) {
  return bits_of(a.ClipRect) == bits_of(b.ClipRect) && a.TextureId == b.TextureId;
}
bool same(const Shapes& a, const Shapes& b) {
  return same(a.vertices, b.vertices) && same(a.indices, b.indices) &&
         std::ranges::equal(a.commands, b.commands, [](const ImDrawCmd& x, const ImDrawCmd& y) {
           return same(x, y) && x.ElemCount == y.ElemCount;
         });
}

/// The triangles of a command.
class Triangles {
 public:
  Triangles(const Shapes& shapes, const ImDrawCmd& command) : shapes_(shapes), command_(command) {}

  [[nodiscard]] size_t count() const { return command_.ElemCount / 3; }
  [[nodiscard]] const ImDrawVert& corner(size_t triangle, size_t i) const {
    return shapes_
        .vertices[command_.VtxOffset + shapes_.indices[command_.IdxOffset + 3 * triangle + i]];
  }
  [[nodiscard]] Rect around(size_t triangle) const {
    Rect r = point(corner(triangle, 0).pos);
    for (size_t i = 1; i < 3; ++i) r = join(r, point(corner(triangle, i).pos));
    return r;
  }
  [[nodiscard]] bool equal(size_t triangle, const Triangles& other, size_t theirs) const {
    for (size_t i = 0; i < 3; ++i) {
      if (bits_of(corner(triangle, i)) != bits_of(other.corner(theirs, i))) return false;
    }
    return true;
  }
  [[nodiscard]] Rect clip() const {
    const ImVec4& c = command_.ClipRect;
    return {c.x, c.y, c.z, c.w};
  }

 private:
  static Rect point(ImVec2 p) { return {p.x, p.y, p.x, p.y}; }

  const Shapes& shapes_;
  const ImDrawCmd& command_;
};

void mark(Marks& marks, const Triangles& shapes, size_t from, size_t to) {
  for (size_t i = from; i < to; ++i) marks.add(meet(shapes.around(i), shapes.clip()));
}

/// Where one command looks otherwise than its like in the last frame. What is equal at the
/// beginning and at the end is passed over, so a line of text that grows moves nothing else.
void mark_difference(Marks& marks, const Triangles& was, const Triangles& is) {
  size_t first = 0;
  const size_t fewer = std::min(was.count(), is.count());
  while (first < fewer && is.equal(first, was, first)) ++first;
  size_t last = 0;
  while (last < fewer - first && is.equal(is.count() - 1 - last, was, was.count() - 1 - last))
    ++last;
  if (was.count() != is.count()) {
    mark(marks, was, first, was.count() - last);
    mark(marks, is, first, is.count() - last);
    return;
  }
  for (size_t i = first; i < is.count() - last; ++i) {
    if (is.equal(i, was, i)) continue;
    mark(marks, was, i, i + 1);
    mark(marks, is, i, i + 1);
  }
}

void mark_difference(Marks& marks, const Shapes& was, const Shapes& is) {
  if (same(was, is)) return;
  for (size_t i = 0; i < std::max(was.commands.size(), is.commands.size()); ++i) {
    const bool both = i < was.commands.size() && i < is.commands.size();
    if (both && same(was.commands[i], is.commands[i])) {
      mark_difference(marks, Triangles(was, was.commands[i]), Triangles(is, is.commands[i]));
      continue;
    }
    for (const Shapes* shapes : {&was, &is}) {
      if (i >= shapes->commands.size()) continue;
      const Triangles all(*shapes, shapes->commands[i]);
      mark(marks, all, 0, all.count());
    }
  }
}

void mark_pictures(Marks& marks, const Shapes& shapes) {
  for (const ImDrawCmd& command : shapes.commands) {
    if (command.TextureId == ImGui::GetIO().Fonts->TexID) continue;
    const Triangles all(shapes, command);
    mark(marks, all, 0, all.count());
  }
}

Shapes shapes_of(const ImDrawList& list) {
  const auto span = []<class T>(const ImVector<T>& all) {
    return std::span<const T>(all.Data, static_cast<size_t>(all.Size));
  };
  return {span(list.VtxBuffer), span(list.IdxBuffer), span(list.CmdBuffer)};
}

bool equal(ImVec2 a, ImVec2 b) { return a.x == b.x && a.y == b.y; }

std::pair<int, int> framebuffer_of(const ImDrawData& data) {
  return {static_cast<int>(data.DisplaySize.x * data.FramebufferScale.x),
          static_cast<int>(data.DisplaySize.y * data.FramebufferScale.y)};
}

/// With the back end's roundings.
Pixels pixels_of(const ImVec4& clip, const ImDrawData& data) {
  const float x0 = (clip.x - data.DisplayPos.x) * data.FramebufferScale.x;
  const float y0 = (clip.y - data.DisplayPos.y) * data.FramebufferScale.y;
  const float x1 = (clip.z - data.DisplayPos.x) * data.FramebufferScale.x;
  const float y1 = (clip.w - data.DisplayPos.y) * data.FramebufferScale.y;
  const auto height = static_cast<float>(framebuffer_of(data).second);
  if (x1 <= x0 || y1 <= y0) return {};
  return {static_cast<int>(x0), static_cast<int>(height - y1), static_cast<int>(x1 - x0),
          static_cast<int>(y1 - y0)};
}

/// A clip rectangle of which the back end makes these pixels.
ImVec4 clip_of(const Pixels& p, const ImDrawData& data) {
  const auto height = static_cast<float>(framebuffer_of(data).second);
  const auto x = static_cast<float>(p.x) + 0.25F;
  const auto y = height - static_cast<float>(p.y) - 0.25F;
  const ImVec2 scale = data.FramebufferScale;
  return {data.DisplayPos.x + x / scale.x,
          data.DisplayPos.y + (y - static_cast<float>(p.h) - 0.25F) / scale.y,
          data.DisplayPos.x + (x + static_cast<float>(p.w) + 0.25F) / scale.x,
          data.DisplayPos.y + y / scale.y};
}

Pixels meet(const Pixels& a, const Pixels& b) {
  const int x = std::max(a.x, b.x);
  const int y = std::max(a.y, b.y);
  return {x, y, std::min(a.x + a.w, b.x + b.w) - x, std::min(a.y + a.h, b.y + b.h) - y};
}

}  // namespace

std::vector<Box> Damage::find(const ImDrawData& data, ImU32 background, bool pictures) {
  Marks marks(data.DisplaySize);
  const bool comparable = known_ && equal(size_, data.DisplaySize) &&
                          equal(scale_, data.FramebufferScale) && background_ == background;
  if (!comparable) {
    marks.add({0, 0, data.DisplaySize.x, data.DisplaySize.y});
  } else {
    const auto count = static_cast<size_t>(data.CmdLists.Size);
    for (size_t i = 0; i < std::max(count, lists_.size()); ++i) {
      const Shapes is = i < count ? shapes_of(*data.CmdLists[static_cast<int>(i)]) : Shapes{};
      const Shapes was = i < lists_.size() ? Shapes{.vertices = lists_[i].vertices,
                                                    .indices = lists_[i].indices,
                                                    .commands = lists_[i].commands}
                                           : Shapes{};
      mark_difference(marks, was, is);
      if (pictures) mark_pictures(marks, is);
    }
  }
  const std::vector<Box> areas = marks.areas();
  if (!areas.empty()) remember(data, background);
  return areas;
}

void Damage::remember(const ImDrawData& data, ImU32 background) {
  known_ = true;
  size_ = data.DisplaySize;
  scale_ = data.FramebufferScale;
  background_ = background;
  lists_.resize(static_cast<size_t>(data.CmdLists.Size));
  for (size_t i = 0; i < lists_.size(); ++i) {
    const Shapes is = shapes_of(*data.CmdLists[static_cast<int>(i)]);
    lists_[i].vertices.assign(is.vertices.begin(), is.vertices.end());
    lists_[i].indices.assign(is.indices.begin(), is.indices.end());
    lists_[i].commands.assign(is.commands.begin(), is.commands.end());
  }
}

Pixels pixels_of(const Box& area, const ImDrawData& data) {
  const auto [width, height] = framebuffer_of(data);
  const ImVec2 scale = data.FramebufferScale;
  // Down at all sides, so that areas that touch share no pixel.
  const auto down = [](float at) { return static_cast<int>(std::floor(at)); };
  const int x = down((area.x - data.DisplayPos.x) * scale.x);
  const int y = down((area.y - data.DisplayPos.y) * scale.y);
  const int x1 = down((area.x + area.w - data.DisplayPos.x) * scale.x);
  const int y1 = down((area.y + area.h - data.DisplayPos.y) * scale.y);
  return meet(Pixels{x, height - y1, x1 - x, y1 - y}, Pixels{0, 0, width, height});
}

OnlyIn::OnlyIn(ImDrawData& data, std::span<const Box> areas)
    : data_(data), whole_(static_cast<size_t>(data.CmdLists.Size)) {
  for (size_t i = 0; i < whole_.size(); ++i) {
    ImVector<ImDrawCmd>& commands = data_.CmdLists[static_cast<int>(i)]->CmdBuffer;
    whole_[i].swap(commands);
    for (const ImDrawCmd& command : whole_[i]) {
      const Pixels shown = pixels_of(command.ClipRect, data_);
      for (const Box& area : areas) {
        const Pixels part = meet(shown, ui::pixels_of(area, data_));
        if (part.w <= 0 || part.h <= 0) continue;
        commands.push_back(command);
        commands.back().ClipRect = clip_of(part, data_);
      }
    }
  }
}

OnlyIn::~OnlyIn() {
  for (size_t i = 0; i < whole_.size(); ++i) {
    data_.CmdLists[static_cast<int>(i)]->CmdBuffer.swap(whole_[i]);
  }
}

}  // namespace rivulet::ui
