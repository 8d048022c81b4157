// All that the tasks of an engine make, on its way to the frame loop.
#pragma once

#include <array>
#include <tuple>
#include <type_traits>

#include "rivulet/live/mailbox.h"

namespace rivulet::live {

/// In the list of an outbox: a block of results of one kind, reached by as many indices as there
/// are sizes (of the sides of a comparison, of panels, ...).
template <class T, size_t... sizes>
struct Several {};

namespace detail {

template <class T>
struct Kept {
  using Type = T;
  static constexpr size_t count = 1;
  static constexpr size_t place() { return 0; }
};

template <class T, size_t... sizes>
struct Kept<Several<T, sizes...>> {
  using Type = T;
  static constexpr size_t count = (sizes * ...);
  /// Row by row: the last index runs fastest.
  template <class... Index>
  static constexpr size_t place(Index... at) {
    static_assert(sizeof...(Index) == sizeof...(sizes), "one index for each size");
    size_t place = 0;
    ((place = place * sizes + static_cast<size_t>(at)), ...);
    return place;
  }
};

}  // namespace detail

/// The newest result of each kind. A kind is a type of its own, or Several of it:
///
///   using Outbox = live::Outbox<Progress, Several<Panel, 2, 6>>;
///   out.post(progress);
///   out.post(panel, side, index);
///
/// One task writes a result, the frame loop alone polls and reads.
template <class... Results>
class Outbox {
 public:
  // A task's side.
  template <class T, class... Index>
  void post(const T& value, Index... at) {
    box<T>(at...).post(value);
  }
  /// For a large result that is filled where it lies: `back()`, then `publish()`.
  template <class T, class... Index>
  [[nodiscard]] Mailbox<T>& box(Index... at) {
    return std::get<which<T>>(boxes_)[Kind<which<T>>::place(at...)];
  }

  // The frame loop's side.
  void poll() {
    const auto all = [](auto& block) {
      for (auto& box : block) box.poll();
    };
    std::apply([&](auto&... blocks) { (all(blocks), ...); }, boxes_);
  }
  template <class T, class... Index>
  [[nodiscard]] const T& get(Index... at) const {
    return std::get<which<T>>(boxes_)[Kind<which<T>>::place(at...)].front();
  }

 private:
  template <size_t i>
  using Kind = detail::Kept<std::tuple_element_t<i, std::tuple<Results...>>>;

  template <class T>
  static constexpr size_t find() {
    constexpr std::array<bool, sizeof...(Results)> same = {
        std::is_same_v<T, typename detail::Kept<Results>::Type>...};
    size_t i = 0;
    while (i < same.size() && !same[i]) ++i;
    return i;
  }
  template <class T>
  static constexpr size_t which = find<T>();

  std::tuple<
      std::array<Mailbox<typename detail::Kept<Results>::Type>, detail::Kept<Results>::count>...>
      boxes_;
};

}  // namespace rivulet::live
