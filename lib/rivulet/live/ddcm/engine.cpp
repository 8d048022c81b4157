#include "rivulet/live/ddcm/engine.h"

#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/live/ddcm/work.h"
#include "rivulet/live/transfer.h"

namespace rivulet::live::ddcm {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double curves_every = 0.1;  // seconds

/// Everything the task publishes.
struct Outbox {
  Mailbox<Card> card;
  Mailbox<CodeTrace> trace;
  Mailbox<PlaneRun> plane;
  Mailbox<PlaneCurves> curves;
};

template <class T>
void post(Mailbox<T>& mailbox, const T& value) {
  mailbox.back() = value;
  mailbox.publish();
}

class Coding {
 public:
  Coding(Mailbox<Order>& orders, Outbox& out) : orders_(orders), out_(out) {}

  bool slice() {
    if (orders_.poll()) order_ = orders_.front();
    if (order_.weights && order_.weights != tried_) {
      load();
      return true;
    }
    if (order_.plane) return walk();
    return order_.code && model_ && code();
  }

 private:
  void load() {
    tried_ = order_.weights;
    model_.reset();
    code_.clear();
    post(out_.trace, code_.trace());
    Card card{.file = tried_, .error = {}, .model = {}, .coder = {}};
    try {
      model_.emplace(tried_);
      card.model = model_->model();
      card.coder = model_->coder();
      card.parameters = model_->parameters();
    } catch (const std::exception& error) {
      model_.reset();
      card.error = words_of(error);
    }
    post(out_.card, card);
  }

  /// A model that cannot is shown as broken and left alone.
  bool code() {
    const uint64_t before = code_.trace().run;
    code_.set(*order_.code, *model_);
    if (code_.trace().run != before) post(out_.trace, code_.trace());
    if (code_.done()) return false;
    try {
      if (code_.advance(*model_)) post(out_.trace, code_.trace());
    } catch (const Error& error) {
      code_.clear();
      model_.reset();
      post(out_.trace, code_.trace());
      post(out_.card, Card{.file = tried_, .error = words_of(error), .model = {}, .coder = {}});
    }
    return true;
  }

  bool walk() {
    plane_.set(*order_.plane);
    if (!plane_.walked()) {
      plane_.advance();
      post(out_.plane, plane_.run());
      post_curves();
      return true;
    }
    if (plane_.done()) return false;
    plane_.advance_curves();
    const std::chrono::duration<double> rested = Clock::now() - curves_shown_;
    if (plane_.done() || rested.count() > curves_every) post_curves();
    return true;
  }

  void post_curves() {
    curves_shown_ = Clock::now();
    post(out_.curves, plane_.curves());
  }

  Mailbox<Order>& orders_;
  Outbox& out_;
  Order order_;
  FileBytes tried_;  // the file that was read last, whether it could be or not
  std::optional<LoadedDenoiser> model_;
  CodeWork code_;
  PlaneWork plane_;
  Clock::time_point curves_shown_;
};

}  // namespace

struct Engine::Impl {
  Mailbox<Order> orders;
  Outbox out;
  Coding coding{orders, out};
  // Last, so that its thread ends before what it uses.
  Job job{{{.name = "ddcm", .share = 1, .slice = [this] { return coding.slice(); }}}};
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
  impl_->out.card.poll();
  impl_->out.trace.poll();
  impl_->out.plane.poll();
  impl_->out.curves.poll();
}

const Card& Engine::card() const { return impl_->out.card.front(); }
const CodeTrace& Engine::trace() const { return impl_->out.trace.front(); }
const PlaneRun& Engine::plane() const { return impl_->out.plane.front(); }
const PlaneCurves& Engine::curves() const { return impl_->out.curves.front(); }
std::string Engine::error() const { return impl_->job.error(); }
void Engine::retry() { impl_->job.retry(); }

}  // namespace rivulet::live::ddcm
