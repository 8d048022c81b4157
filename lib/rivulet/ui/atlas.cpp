#include "rivulet/ui/atlas.h"

#include <SDL.h>
#include <SDL_opengles2.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace rivulet::ui {
namespace {

constexpr int slots_across = 16;
constexpr float still = 0.004F;  // half a step of a byte

/// Without a window, in tests say, pictures are laid out but go to no graphics processor.
bool has_screen() { return SDL_GL_GetCurrentContext() != nullptr; }

}  // namespace

PictureAtlas::~PictureAtlas() {
  if (texture_ != 0) glDeleteTextures(1, &texture_);
}

bool PictureAtlas::resize(int slots, int side, int channels) {
  const int rows = (slots + slots_across - 1) / slots_across;
  if (side == side_ && channels == channels_ &&
      columns_ * rows_ == std::min(slots, slots_across) * rows) {
    return false;
  }
  side_ = side;
  channels_ = channels;
  columns_ = std::min(slots, slots_across);
  rows_ = rows;
  pixels_.assign(static_cast<size_t>(columns_ * rows_) * static_cast<size_t>(side * side) * 4, 255);
  dirty_ = false;
  if (has_screen()) make_texture();
  return true;
}

void PictureAtlas::make_texture() {
  if (texture_ == 0) glGenTextures(1, &texture_);
  glBindTexture(GL_TEXTURE_2D, texture_);
  const GLint filter = filter_ == Filter::smooth ? GL_LINEAR : GL_NEAREST;
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, filter);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, filter);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, columns_ * side_, rows_ * side_, 0, GL_RGBA,
               GL_UNSIGNED_BYTE, pixels_.data());
}

void PictureAtlas::set(int slot, std::span<const float> values) {
  const auto side = static_cast<size_t>(side_);
  const auto channels = static_cast<size_t>(channels_);
  if (slot < 0 || slot >= columns_ * rows_ || values.size() != side * side * channels) return;
  const auto stride = static_cast<size_t>(columns_) * side;
  const auto column = static_cast<size_t>(slot % columns_);
  const auto row = static_cast<size_t>(slot / columns_);
  for (size_t y = 0; y < side; ++y) {
    unsigned char* to = pixels_.data() + ((row * side + y) * stride + column * side) * 4;
    const float* from = values.data() + y * side * channels;
    for (size_t x = 0; x < side; ++x, to += 4, from += channels) {
      for (size_t c = 0; c < 3; ++c) {
        const float value = from[channels == 3 ? c : 0];
        to[c] = static_cast<unsigned char>(std::clamp((value + 1) * 127.5F + 0.5F, 0.0F, 255.0F));
      }
    }
  }
  dirty_ = true;
}

void PictureAtlas::upload(const Ui& ui) {
  if (graphics_ != ui.graphics) {  // what was there is lost
    graphics_ = ui.graphics;
    if (texture_ != 0) {
      texture_ = 0;
      make_texture();
    }
  }
  if (!dirty_) return;
  dirty_ = false;
  ui.repaint = true;
  if (texture_ == 0) return;
  glBindTexture(GL_TEXTURE_2D, texture_);
  glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, columns_ * side_, rows_ * side_, GL_RGBA,
                  GL_UNSIGNED_BYTE, pixels_.data());
}

void PictureAtlas::draw(const Ui& ui, int slot, Box box, ImU32 tint) const {
  if (columns_ == 0) return;  // it has no pictures yet
  const auto part = [](int n, int of) { return static_cast<float>(n) / static_cast<float>(of); };
  const int x = slot % columns_;
  const int y = slot / columns_;
  const ImVec2 from{part(x, columns_), part(y, rows_)};
  const ImVec2 to{part(x + 1, columns_), part(y + 1, rows_)};
  // Dear ImGui's pointer only carries the number.
  auto* const texture = std::bit_cast<ImTextureID>(static_cast<uintptr_t>(texture_));
  ui.draw().AddImage(texture, box.min(), box.max(), from, to, tint);
}

void EasedPictures::resize(int slots, int side, int channels) {
  if (atlas_.resize(slots, side, channels)) shown_.assign(static_cast<size_t>(slots), {});
}

void EasedPictures::ease(int slot, std::span<const float> wanted, float part) {
  std::vector<float>& shown = shown_[static_cast<size_t>(slot)];
  if (shown.size() != wanted.size()) {
    shown.assign(wanted.begin(), wanted.end());
    atlas_.set(slot, shown);
    return;
  }
  float most = 0;
  for (size_t i = 0; i < shown.size(); ++i) {
    const float goal = std::clamp(wanted[i], -1.2F, 1.2F);
    most = std::max(most, std::abs(goal - shown[i]));
    shown[i] += (goal - shown[i]) * part;
  }
  if (most > still) atlas_.set(slot, shown);
}

std::span<const float> EasedPictures::shown(int slot) const {
  return static_cast<size_t>(slot) < shown_.size() ? std::span(shown_[static_cast<size_t>(slot)])
                                                   : std::span<const float>();
}

void EasedPictures::draw(const Ui& ui, int slot, Box box) const {
  if (!shown(slot).empty()) atlas_.draw(ui, slot, box);
}

float crisp_side(int side, float room) {
  const float scale = std::max(0.25F, ImGui::GetIO().DisplayFramebufferScale.x);
  const float zoom = std::max(1.0F, std::floor(room * scale / static_cast<float>(side)));
  return zoom * static_cast<float>(side) / scale;
}

}  // namespace rivulet::ui
