// Icons as strokes: no picture files, sharp at every scale.
#include <cmath>
#include <numbers>

#include "rivulet/ui/widgets.h"

namespace rivulet::ui {
namespace {

constexpr float pi = std::numbers::pi_v<float>;

/// Draws in a square of [-1,1], y down.
class Pen {
 public:
  Pen(ImDrawList& draw, ImVec2 centre, float size, ImU32 color)
      : draw_(draw), centre_(centre), half_(size / 2), color_(color), width_(size / 10) {}

  [[nodiscard]] ImVec2 at(float x, float y) const {
    return {centre_.x + x * half_, centre_.y + y * half_};
  }
  void line(std::initializer_list<ImVec2> points, bool closed = false) {
    for (const ImVec2 p : points) draw_.PathLineTo(at(p.x, p.y));
    draw_.PathStroke(color_, closed ? ImDrawFlags_Closed : ImDrawFlags_None, width_);
  }
  void fill(std::initializer_list<ImVec2> points) {
    for (const ImVec2 p : points) draw_.PathLineTo(at(p.x, p.y));
    draw_.PathFillConvex(color_);
  }
  void arc(float x, float y, float r, float from, float to) {
    draw_.PathArcTo(at(x, y), r * half_, from * pi, to * pi, 24);
    draw_.PathStroke(color_, 0, width_);
  }
  void disc(float x, float y, float r) { draw_.AddCircleFilled(at(x, y), r * half_, color_, 20); }
  void box(float x0, float y0, float x1, float y1, float r) {
    draw_.AddRect(at(x0, y0), at(x1, y1), color_, r * half_, 0, width_);
  }
  void bar(float x0, float y0, float x1, float y1) {
    draw_.AddRectFilled(at(x0, y0), at(x1, y1), color_, 0.12F * half_);
  }

 private:
  ImDrawList& draw_;
  ImVec2 centre_;
  float half_;
  ImU32 color_;
  float width_;
};

void sun(Pen& pen) {
  pen.arc(0, 0, 0.42F, 0, 2);
  for (int i = 0; i < 8; ++i) {
    const float a = static_cast<float>(i) * pi / 4;
    pen.line(
        {{0.7F * std::cos(a), 0.7F * std::sin(a)}, {0.95F * std::cos(a), 0.95F * std::sin(a)}});
  }
}

void moon(Pen& pen) {
  // Two arcs that meet at the horns.
  pen.arc(0, 0, 0.82F, 0.07F, 1.43F);
  pen.arc(0.42F, -0.36F, 0.66F, 0.32F, 1.19F);
}

void help(Pen& pen) {
  pen.arc(0, 0, 0.9F, 0, 2);
  pen.arc(0, -0.2F, 0.3F, 1, 2.3F);
  pen.line({{0.19F, 0.02F}, {0, 0.18F}, {0, 0.3F}});
  pen.disc(0, 0.52F, 0.09F);
}

void tune(Pen& pen) {
  pen.line({{-0.9F, -0.45F}, {0.1F, -0.45F}});
  pen.line({{0.7F, -0.45F}, {0.9F, -0.45F}});
  pen.arc(0.4F, -0.45F, 0.26F, 0, 2);
  pen.line({{-0.9F, 0.45F}, {-0.7F, 0.45F}});
  pen.line({{-0.1F, 0.45F}, {0.9F, 0.45F}});
  pen.arc(-0.4F, 0.45F, 0.26F, 0, 2);
}

}  // namespace

void draw_icon(ImDrawList& draw, Icon icon, ImVec2 centre, float size, ImU32 color) {
  Pen pen(draw, centre, size, color);
  switch (icon) {
    case Icon::none:
      break;
    case Icon::play:
      pen.fill({{-0.55F, -0.8F}, {0.8F, 0}, {-0.55F, 0.8F}});
      break;
    case Icon::pause:
      pen.bar(-0.6F, -0.75F, -0.15F, 0.75F);
      pen.bar(0.15F, -0.75F, 0.6F, 0.75F);
      break;
    case Icon::step:
      pen.fill({{-0.7F, -0.7F}, {0.4F, 0}, {-0.7F, 0.7F}});
      pen.bar(0.5F, -0.7F, 0.78F, 0.7F);
      break;
    case Icon::restart:
      pen.arc(0, 0.05F, 0.72F, -0.25F, 1.35F);
      pen.fill({{-0.66F, -0.86F}, {-0.05F, -0.66F}, {-0.56F, -0.22F}});
      break;
    case Icon::sun:
      sun(pen);
      break;
    case Icon::moon:
      moon(pen);
      break;
    case Icon::copy:  // two links of a chain
      pen.box(-0.85F, -0.3F, 0.15F, 0.3F, 0.3F);
      pen.box(-0.15F, -0.3F, 0.85F, 0.3F, 0.3F);
      break;
    case Icon::paste:
      pen.box(-0.65F, -0.7F, 0.65F, 0.9F, 0.15F);
      pen.bar(-0.3F, -0.95F, 0.3F, -0.5F);
      pen.line({{-0.3F, 0}, {0.3F, 0}});
      pen.line({{-0.3F, 0.4F}, {0.3F, 0.4F}});
      break;
    case Icon::help:
      help(pen);
      break;
    case Icon::pen:
      pen.line({{-0.8F, 0.8F}, {-0.66F, 0.28F}, {0.5F, -0.84F}, {0.84F, -0.5F}, {-0.3F, 0.66F}},
               true);
      pen.line({{0.2F, -0.54F}, {0.54F, -0.2F}});
      break;
    case Icon::undo:
      pen.arc(0.1F, 0.15F, 0.55F, -0.5F, 0.5F);
      pen.line({{0.1F, -0.4F}, {-0.8F, -0.4F}});
      pen.line({{-0.4F, -0.8F}, {-0.8F, -0.4F}, {-0.4F, 0}});
      break;
    case Icon::clear:
      pen.line({{-0.8F, -0.55F}, {0.8F, -0.55F}});
      pen.line({{-0.3F, -0.6F}, {-0.3F, -0.85F}, {0.3F, -0.85F}, {0.3F, -0.6F}});
      pen.line({{-0.6F, -0.5F}, {-0.5F, 0.85F}, {0.5F, 0.85F}, {0.6F, -0.5F}});
      break;
    case Icon::up:
      pen.line({{-0.6F, 0.3F}, {0, -0.3F}, {0.6F, 0.3F}});
      break;
    case Icon::down:
      pen.line({{-0.6F, -0.3F}, {0, 0.3F}, {0.6F, -0.3F}});
      break;
    case Icon::left:
      pen.line({{0.3F, -0.6F}, {-0.3F, 0}, {0.3F, 0.6F}});
      break;
    case Icon::right:
      pen.line({{-0.3F, -0.6F}, {0.3F, 0}, {-0.3F, 0.6F}});
      break;
    case Icon::tune:
      tune(pen);
      break;
    case Icon::check:
      pen.line({{-0.7F, 0.05F}, {-0.2F, 0.55F}, {0.7F, -0.5F}});
      break;
    case Icon::plus:
      pen.line({{-0.7F, 0}, {0.7F, 0}});
      pen.line({{0, -0.7F}, {0, 0.7F}});
      break;
    case Icon::minus:
      pen.line({{-0.7F, 0}, {0.7F, 0}});
      break;
    case Icon::dice:
      pen.box(-0.8F, -0.8F, 0.8F, 0.8F, 0.3F);
      for (const float at : {-0.4F, 0.0F, 0.4F}) pen.disc(at, at, 0.15F);
      break;
    case Icon::save:
      pen.line({{0, -0.85F}, {0, 0.35F}});
      pen.line({{-0.45F, -0.1F}, {0, 0.35F}, {0.45F, -0.1F}});
      pen.line({{-0.8F, 0.4F}, {-0.8F, 0.85F}, {0.8F, 0.85F}, {0.8F, 0.4F}});
      break;
    case Icon::open:
      pen.line({{0, -0.85F}, {0, 0.35F}});
      pen.line({{-0.45F, -0.4F}, {0, -0.85F}, {0.45F, -0.4F}});
      pen.line({{-0.8F, 0.4F}, {-0.8F, 0.85F}, {0.8F, 0.85F}, {0.8F, 0.4F}});
      break;
    case Icon::pages:
      pen.box(-0.8F, -0.35F, 0.35F, 0.85F, 0.15F);
      pen.line({{-0.35F, -0.6F}, {-0.35F, -0.85F}, {0.8F, -0.85F}, {0.8F, 0.35F}, {0.6F, 0.35F}});
      break;
    case Icon::close:
      pen.line({{-0.6F, -0.6F}, {0.6F, 0.6F}});
      pen.line({{-0.6F, 0.6F}, {0.6F, -0.6F}});
      break;
  }
}

}  // namespace rivulet::ui
