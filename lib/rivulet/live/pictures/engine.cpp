#include "rivulet/live/pictures/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/io/png.h"
#include "rivulet/live/pictures/work.h"
#include "rivulet/live/transfer.h"

namespace rivulet::live::pictures {
namespace {

using Clock = std::chrono::steady_clock;

/// Everything the task publishes.
struct Outbox {
  std::array<Mailbox<Card>, model_count> cards;
  std::array<Mailbox<Sheet>, model_count> grids;
  std::array<Mailbox<Sheet>, model_count> steps;
  std::array<Mailbox<Sheet>, model_count> morphs;
  Mailbox<Trace> trace;
  Mailbox<Nearest> nearest;
};

template <class T>
void post(Mailbox<T>& mailbox, const T& value) {
  mailbox.back() = value;
  mailbox.publish();
}

class Sampling {
 public:
  Sampling(Mailbox<Order>& orders, Outbox& out) : orders_(orders), out_(out) {}

  bool slice() {
    if (orders_.poll()) obey(orders_.front());
    for (int side = 0; side < model_count; ++side) {
      if (load(side)) return true;
    }
    for (int side = 0; side < model_count; ++side) {
      if (model(side)) give_tasks(side);
    }
    switch (order_.view) {
      case View::grid:
        return advance_sheets(grids_, out_.grids) || advance_trace() || find_nearest();
      case View::steps:
        return advance_steps() || advance_trace() || find_nearest();
      case View::morph:
        return advance_sheets(morphs_, out_.morphs) || advance_sheets(grids_, out_.grids);
    }
    return false;
  }

 private:
  struct Place {
    FileBytes tried;  // the file that was read last, whether it could be or not
    std::optional<LoadedModel> model;
  };

  LoadedModel* model(int side) {
    auto& place = places_[static_cast<size_t>(side)];
    return place.model ? &*place.model : nullptr;
  }

  void obey(const Order& order) {
    if (order.training != order_.training) {
      training_.reset();
      nearest_for_ = 0;
    }
    order_ = order;
  }

  /// Reads a file that has come, or forgets one that is no longer wanted.
  bool load(int side) {
    const auto i = static_cast<size_t>(side);
    Place& place = places_[i];
    if (place.tried == order_.weights[i]) return false;
    place.tried = order_.weights[i];
    place.model.reset();
    forget_pictures(side);
    Card card{.file = place.tried, .error = {}, .model = {}};
    if (place.tried) {
      try {
        place.model.emplace(place.tried);
        const models::Method method = place.model->card().method;
        if (method != kind_of(side).method) {
          fail("weights", fmt::format("these are weights of {}, not of {}", models::name_of(method),
                                      kind_of(side).name));
        }
        card.model = place.model->card();
        card.parameters = place.model->parameters();
        card.highest_guidance = place.model->highest_guidance();
      } catch (const std::exception& error) {
        place.model.reset();
        card.error = words_of(error);
      }
    }
    post(out_.cards[i], card);
    return true;
  }

  void forget_pictures(int side) {
    const auto i = static_cast<size_t>(side);
    grids_[i].clear();
    steps_[i].clear();
    morphs_[i].clear();
    post(out_.grids[i], {});
    post(out_.steps[i], {});
    post(out_.morphs[i], {});
    if (side != trace_side_) return;
    trace_.clear();
    post(out_.trace, {});
  }

  void give_tasks(int side) {
    const auto i = static_cast<size_t>(side);
    LoadedModel& model = *places_[i].model;
    const FileBytes& file = places_[i].tried;
    if (order_.sides[i] && order_.view != View::steps) {
      const SheetWork::Task task{
          .model = file, .wish = order_.wish, .count = picture_count, .to = {}};
      begin(grids_[i], task, model, out_.grids[i]);
    }
    if (order_.sides[i] && order_.view == View::morph) {
      const SheetWork::Task task{.model = file,
                                 .wish = order_.wish,
                                 .count = morph_frames,
                                 .morph = true,
                                 .kind = order_.morph,
                                 .from = order_.chosen,
                                 .other = order_.other,
                                 .to = order_.to};
      begin(morphs_[i], task, model, out_.morphs[i]);
    }
    const StepsWork::Task one{.model = file, .wish = order_.wish, .picture = order_.chosen};
    if (order_.view == View::steps) begin(steps_[i], one, model, out_.steps[i]);
    if (order_.view != View::morph && side == order_.chosen_side) {
      trace_side_ = side;
      trace_.set(one, model);
    }
  }

  /// Shows the noise at once where the task is a new one.
  template <class Work>
  void begin(Work& work, const typename Work::Task& task, LoadedModel& model,
             Mailbox<Sheet>& mailbox) {
    const uint64_t before = work.sheet().run;
    work.set(task, model);
    if (work.sheet().run != before) post(mailbox, work.sheet());
  }

  /// Does `work`; a model that cannot is shown as broken and left alone.
  template <class Step>
  void attempt(int side, Step step) {
    try {
      step(*model(side));
    } catch (const Error& error) {
      const auto i = static_cast<size_t>(side);
      places_[i].model.reset();
      forget_pictures(side);
      post(out_.cards[i], Card{.file = places_[i].tried, .error = words_of(error), .model = {}});
    }
  }

  /// One step of the side that is behind the other.
  bool advance_sheets(std::array<SheetWork, model_count>& works,
                      std::array<Mailbox<Sheet>, model_count>& mailboxes) {
    int next = -1;
    float least = 2;
    for (int side = 0; side < model_count; ++side) {
      const auto i = static_cast<size_t>(side);
      if (!order_.sides[i] || !model(side) || works[i].done()) continue;
      const auto& progress = works[i].sheet().progress;
      float sum = 0;
      for (const float p : progress) sum += p / static_cast<float>(progress.size());
      if (sum < least) next = side;
      least = std::min(least, sum);
    }
    if (next < 0) return false;
    const auto i = static_cast<size_t>(next);
    attempt(next, [&](LoadedModel& model) {
      if (works[i].advance(model)) post(mailboxes[i], works[i].sheet());
    });
    return true;
  }

  bool advance_steps() {
    int next = -1;
    for (int side = 0; side < model_count; ++side) {
      const auto& work = steps_[static_cast<size_t>(side)];
      if (!model(side) || work.done()) continue;
      if (next < 0 || work.evaluations() < steps_[static_cast<size_t>(next)].evaluations()) {
        next = side;
      }
    }
    if (next < 0) return false;
    const auto i = static_cast<size_t>(next);
    attempt(next, [&](LoadedModel& model) {
      if (steps_[i].advance(model)) post(out_.steps[i], steps_[i].sheet());
    });
    return true;
  }

  bool advance_trace() {
    if (order_.chosen_side != trace_side_ || !model(trace_side_) || trace_.done()) return false;
    attempt(trace_side_, [&](LoadedModel& model) {
      trace_.advance(model);
      const bool last = trace_.done();
      const std::chrono::duration<double> rested = Clock::now() - trace_shown_;
      if (!last && trace_.trace().known > 1 && rested.count() < 0.04) return;
      trace_shown_ = Clock::now();
      post(out_.trace, trace_.trace());
    });
    return true;
  }

  /// Compares the finished picture with all training pictures that are here.
  bool find_nearest() {
    const Trace& trace = trace_.trace();
    if (!order_.training || !trace_.done() || trace.run == 0 || nearest_for_ == trace.run) {
      return false;
    }
    nearest_for_ = trace.run;
    Nearest found{.trace = trace.run, .values = {}};
    if (!training_) read_training(trace.side, trace.channels);
    if (training_->side == trace.side && training_->channels == trace.channels) {
      const size_t pixels = trace.places.size() / static_cast<size_t>(trace.steps + 1);
      search(std::span(trace.places).last(pixels), found);
    }
    post(out_.nearest, found);
    return true;
  }

  /// A sheet that is damaged counts as an empty one: the lab then speaks of no neighbour.
  void read_training(int side, int channels) {
    training_.emplace();
    try {
      training_ = data::cut_sheet(io::decode_png(*order_.training, channels), side, channels);
    } catch (const Error&) {
      training_->side = 0;
    }
  }

  void search(std::span<const float> picture, Nearest& found) const {
    std::vector<float> seen(picture.size());
    for (size_t k = 0; k < seen.size(); ++k) {
      seen[k] =
          std::isfinite(picture[k]) ? std::clamp(picture[k], -1.0F, 1.0F) * 127.5F + 127.5F : 0;
    }
    float least = 0;
    int64_t best = -1;
    for (int64_t i = 0; i < training_->count(); ++i) {
      const std::span<const uint8_t> other = training_->picture(i);
      float sum = 0;
      for (size_t k = 0; k < seen.size(); ++k) {
        const float difference = seen[k] - static_cast<float>(other[k]);
        sum += difference * difference;
      }
      if (best < 0 || sum < least) {
        best = i;
        least = sum;
      }
    }
    if (best < 0) return;
    found.count = static_cast<int>(training_->count());
    found.distance = std::sqrt(least / static_cast<float>(seen.size())) / 255;
    found.values.resize(seen.size());
    data::to_model(training_->picture(best), found.values);
  }

  Mailbox<Order>& orders_;
  Outbox& out_;
  Order order_;
  std::array<Place, model_count> places_;
  std::array<SheetWork, model_count> grids_;
  std::array<StepsWork, model_count> steps_;
  std::array<SheetWork, model_count> morphs_;
  TraceWork trace_;
  int trace_side_ = 0;
  Clock::time_point trace_shown_;
  std::optional<data::Pictures> training_;
  uint64_t nearest_for_ = 0;
};

}  // namespace

struct Engine::Impl {
  Mailbox<Order> orders;
  Outbox out;
  Sampling sampling{orders, out};
  // Last, so that its thread ends before what it uses.
  Job job{{{.name = "pictures", .share = 1, .slice = [this] { return sampling.slice(); }}}};
};

Engine::Engine() : impl_(std::make_unique<Impl>()) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

void Engine::order(const Order& order) {
  post(impl_->orders, order);
  impl_->job.wake();
}

void Engine::update(double milliseconds) {
  impl_->job.pump(milliseconds);
  for (size_t i = 0; i < model_count; ++i) {
    impl_->out.cards[i].poll();
    impl_->out.grids[i].poll();
    impl_->out.steps[i].poll();
    impl_->out.morphs[i].poll();
  }
  impl_->out.trace.poll();
  impl_->out.nearest.poll();
}

const Card& Engine::card(int side) const {
  return impl_->out.cards[static_cast<size_t>(side)].front();
}

const Sheet& Engine::grid(int side) const {
  return impl_->out.grids[static_cast<size_t>(side)].front();
}

const Sheet& Engine::steps(int side) const {
  return impl_->out.steps[static_cast<size_t>(side)].front();
}

const Sheet& Engine::morph(int side) const {
  return impl_->out.morphs[static_cast<size_t>(side)].front();
}

const Trace& Engine::trace() const { return impl_->out.trace.front(); }
const Nearest& Engine::nearest() const { return impl_->out.nearest.front(); }
std::string Engine::error() const { return impl_->job.error(); }
void Engine::retry() { impl_->job.retry(); }

}  // namespace rivulet::live::pictures
