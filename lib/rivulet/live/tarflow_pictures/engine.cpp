#include "rivulet/live/tarflow_pictures/engine.h"

#include <atomic>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/io/png.h"
#include "rivulet/live/tarflow_pictures/work.h"

namespace rivulet::live::tarflow_pictures {
namespace {

/// Everything the task publishes.
struct Outbox {
  std::array<Mailbox<Card>, 2> cards;  // of samples, of bytes
  Mailbox<Sheet> sheet;
  Mailbox<Latent> latent;
  Mailbox<Likelihood> likelihood;
};

template <class T>
void post(Mailbox<T>& mailbox, const T& value) {
  mailbox.back() = value;
  mailbox.publish();
}

class Flowing {
 public:
  Flowing(Mailbox<Order>& orders, const std::atomic<uint64_t>& replays, Outbox& out)
      : orders_(orders), replays_(replays), out_(out) {}

  bool slice() {
    if (orders_.poll()) obey(orders_.front());
    if (load(0, order_.weights) || load(1, order_.exact)) return true;
    return sample() || invert() || judge();
  }

 private:
  struct Place {
    FileBytes tried;  // the file that was read last, whether it could be or not
    std::optional<LoadedTarflow> model;
  };

  void obey(const Order& order) {
    if (order.held_out != order_.held_out) held_out_.reset();
    order_ = order;
  }

  /// Reads a file that has come, or forgets one that is no longer wanted.
  bool load(size_t i, const FileBytes& file) {
    Place& place = places_[i];
    if (place.tried == file) return false;
    place.tried = file;
    place.model.reset();
    forget(i);
    Card card{.file = file, .error = {}, .model = {}};
    if (file) {
      try {
        place.model.emplace(file);
        card.model = place.model->model();
        card.parameters = place.model->parameters();
        const bool bytes = card.model.noise == models::TarflowNoise::uniform;
        if (bytes != (i == 1)) {
          fail("weights", i == 1 ? "this model was not trained on bytes, but on noisy pictures"
                                 : "this model was trained on bytes: it does not make pictures");
        }
      } catch (const std::exception& error) {
        place.model.reset();
        card.error = words_of(error);
      }
    }
    post(out_.cards[i], card);
    return true;
  }

  void forget(size_t i) {
    if (judge_ == i) {
      judged_.clear();
      judge_ = none;
      post(out_.likelihood, {});
    }
    if (i != 0) return;
    samples_.clear();
    latent_.clear();
    post(out_.sheet, {});
    post(out_.latent, {});
  }

  /// Does `work`; a model that cannot is shown as broken and left alone.
  template <class Work>
  void attempt(size_t i, Work work) {
    try {
      work(*places_[i].model);
    } catch (const Error& error) {
      places_[i].model.reset();
      forget(i);
      post(out_.cards[i], Card{.file = places_[i].tried, .error = words_of(error), .model = {}});
    }
  }

  bool sample() {
    if (!order_.samples || !places_[0].model) return false;
    const uint64_t replays = replays_;
    if (std::exchange(replayed_, replays) != replays) samples_.replay();
    bool busy = false;
    attempt(0, [&](LoadedTarflow& model) {
      const uint64_t before = samples_.sheet().run;
      samples_.set(*order_.samples, model);
      if (samples_.sheet().run != before) post(out_.sheet, samples_.sheet());
      busy = samples_.due();
      if (busy && samples_.advance(model)) post(out_.sheet, samples_.sheet());
    });
    return busy;
  }

  bool invert() {
    if (!order_.latent || !places_[0].model) return false;
    const bool fits =
        order_.latent->picture.size() == static_cast<size_t>(places_[0].model->pixels());
    if (!fits) return false;  // it is of the other set: the right one is on its way
    bool busy = false;
    attempt(0, [&](LoadedTarflow& model) {
      const uint64_t before = latent_.latent().run;
      latent_.set(*order_.latent, model);
      if (latent_.latent().run != before) post(out_.latent, latent_.latent());
      busy = !latent_.done();
      if (busy && latent_.advance(model)) post(out_.latent, latent_.latent());
    });
    return busy;
  }

  /// Scores pictures by the model of bytes, where that is wanted, else by that of samples.
  bool judge() {
    const size_t i = order_.exact ? 1 : 0;
    if (!order_.likelihood || !places_[i].model) return false;
    bool busy = false;
    attempt(i, [&](LoadedTarflow& model) {
      if (!held_out_ || judge_ != i) {
        read_held_out(model);
        judged_.set_held_out(*held_out_, model);
        judge_ = i;
      }
      const auto& wish = *order_.likelihood;
      const bool fits =
          wish.picture.empty() || wish.picture.size() == static_cast<size_t>(model.pixels());
      judged_.set(fits ? wish : LikelihoodWish{}, model);
      busy = !judged_.done();
      if (!busy) return;
      judged_.advance(model);
      post(out_.likelihood, judged_.likelihood());
    });
    return busy;
  }

  /// A sheet that is damaged counts as an empty one.
  void read_held_out(const LoadedTarflow& model) {
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

  static constexpr size_t none = 2;

  Mailbox<Order>& orders_;
  const std::atomic<uint64_t>& replays_;
  Outbox& out_;
  Order order_;
  std::array<Place, 2> places_;
  SampleWork samples_;
  LatentWork latent_;
  LikelihoodWork judged_;
  size_t judge_ = none;  // whose likelihoods these are
  std::optional<data::Pictures> held_out_;
  uint64_t replayed_ = 0;
};

}  // namespace

struct Engine::Impl {
  Mailbox<Order> orders;
  std::atomic<uint64_t> replays = 0;
  Outbox out;
  Flowing flowing{orders, replays, out};
  // Last, so that its thread ends before what it uses.
  Job job{{{.name = "tarflow", .share = 1, .slice = [this] { return flowing.slice(); }}}};
};

Engine::Engine() : impl_(std::make_unique<Impl>()) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

void Engine::order(const Order& order) {
  post(impl_->orders, order);
  impl_->job.wake();
}

void Engine::replay() {
  ++impl_->replays;
  impl_->job.wake();
}

void Engine::update(double milliseconds) {
  impl_->job.pump(milliseconds);
  for (auto& card : impl_->out.cards) card.poll();
  impl_->out.sheet.poll();
  impl_->out.latent.poll();
  impl_->out.likelihood.poll();
  // A sampling in slow motion sleeps between its runs.
  if (sheet().stage == Sheet::Stage::sampling) impl_->job.wake();
}

const Card& Engine::card() const { return impl_->out.cards[0].front(); }
const Card& Engine::exact_card() const { return impl_->out.cards[1].front(); }
const Sheet& Engine::sheet() const { return impl_->out.sheet.front(); }
const Latent& Engine::latent() const { return impl_->out.latent.front(); }
const Likelihood& Engine::likelihood() const { return impl_->out.likelihood.front(); }
std::string Engine::error() const { return impl_->job.error(); }
void Engine::retry() { impl_->job.retry(); }

}  // namespace rivulet::live::tarflow_pictures
