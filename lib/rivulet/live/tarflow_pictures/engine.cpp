#include "rivulet/live/tarflow_pictures/engine.h"

#include "rivulet/core/error.h"
#include "rivulet/data/pictures.h"
#include "rivulet/io/png.h"
#include "rivulet/live/tarflow_pictures/latent.h"
#include "rivulet/live/tarflow_pictures/likelihood.h"
#include "rivulet/live/tarflow_pictures/model.h"
#include "rivulet/live/tarflow_pictures/samples.h"

namespace rivulet::live::tarflow_pictures {
namespace {

class Flowing final : public Worker<Order> {
 public:
  explicit Flowing(Outbox& out) : out_(out) {}

  void obey(const Order& order) override {
    if (order.held_out != order_.held_out) held_out_.reset();
    order_ = order;
  }

  bool slice() override {
    if (load(Which::samples, order_.weights) || load(Which::exact, order_.exact)) return true;
    return sample() || invert() || judge();
  }

 private:
  using Slot = ModelSlot<LoadedModel>;

  Slot& slot(Which which) { return slots_[static_cast<size_t>(which)]; }

  bool load(Which which, const FileBytes& file) {
    const auto change = slot(which).set(file, *order_.device, [which](const LoadedModel& read) {
      const bool bytes = read.model().noise == models::TarflowNoise::uniform;
      if (bytes && which == Which::samples) {
        fail("weights", "this model was trained on bytes: it does not make pictures");
      }
      if (!bytes && which == Which::exact) {
        fail("weights", "this model was not trained on bytes, but on noisy pictures");
      }
    });
    if (change == Slot::Change::file) {
      forget(which);
      out_.post(slot(which).card(), which);
    }
    if (change == Slot::Change::device && which == Which::samples) {
      samples_.moved();
      latent_.moved();
    }
    return change != Slot::Change::none;
  }

  void forget(Which which) {
    if (judge_ == which) {
      judged_.clear();
      judge_.reset();
      out_.post(Likelihood{});
    }
    if (which != Which::samples) return;
    samples_.clear();
    latent_.clear();
    out_.post(Sheet{});
    out_.post(Latent{});
  }

  /// Does `work(model)`; a model that cannot is shown as broken and left alone.
  template <class Work>
  void attempt(Which which, Work work) {
    if (slot(which).attempt(work)) return;
    forget(which);
    out_.post(slot(which).card(), which);
  }

  bool sample() {
    if (!order_.samples || !slot(Which::samples)) return false;
    bool busy = false;
    attempt(Which::samples, [&](LoadedModel& model) {
      const uint64_t before = samples_.sheet().run;
      samples_.set(*order_.samples, model);
      if (samples_.sheet().run != before) out_.post(samples_.sheet());
      busy = samples_.due();
      if (busy && samples_.advance(model)) out_.post(samples_.sheet());
    });
    return busy;
  }

  bool invert() {
    if (!order_.latent || !slot(Which::samples)) return false;
    const bool fits =
        order_.latent->picture.size() == static_cast<size_t>(slot(Which::samples)->pixels());
    if (!fits) return false;  // it is of the other set: the right one is on its way
    bool busy = false;
    attempt(Which::samples, [&](LoadedModel& model) {
      const uint64_t before = latent_.latent().run;
      latent_.set(*order_.latent, model);
      if (latent_.latent().run != before) out_.post(latent_.latent());
      busy = !latent_.done();
      if (busy && latent_.advance(model)) out_.post(latent_.latent());
    });
    return busy;
  }

  /// Scores pictures by the model of bytes, where that is wanted, else by that of samples.
  bool judge() {
    const Which which = order_.exact ? Which::exact : Which::samples;
    if (!order_.likelihood || !slot(which)) return false;
    bool busy = false;
    attempt(which, [&](LoadedModel& model) {
      if (!held_out_ || judge_ != which) {
        read_held_out(model);
        judged_.set_held_out(*held_out_, model);
        judge_ = which;
      }
      const auto& wish = *order_.likelihood;
      const bool fits =
          wish.picture.empty() || wish.picture.size() == static_cast<size_t>(model.pixels());
      judged_.set(fits ? wish : LikelihoodWish{}, model);
      busy = !judged_.done();
      if (!busy) return;
      judged_.advance(model);
      out_.post(judged_.likelihood());
    });
    return busy;
  }

  /// A sheet that is damaged counts as an empty one.
  void read_held_out(const LoadedModel& model) {
    held_out_.emplace();
    if (!order_.held_out) return;
    const int side = model.model().pictures.net.side;
    try {
      held_out_ = data::cut_sheet(io::decode_png(*order_.held_out, model.channels()), side,
                                  model.channels());
    } catch (const Error&) {
      held_out_.emplace();
    }
  }

  Outbox& out_;
  Order order_;
  std::array<Slot, model_count> slots_;
  SampleWork samples_;
  LatentWork latent_;
  LikelihoodWork judged_;
  std::optional<Which> judge_;  // whose likelihoods these are
  std::optional<data::Pictures> held_out_;
};

auto tasks(Outbox& out) {
  return std::array{Engine::Task{.name = "tarflow", .worker = std::make_unique<Flowing>(out)}};
}

}  // namespace

Engine::Engine() : live::Engine<Order, Outbox>(tasks) {}

}  // namespace rivulet::live::tarflow_pictures
