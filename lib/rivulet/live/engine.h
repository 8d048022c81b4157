// What works behind a lab: orders go in, the newest results come out, and neither side waits.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rivulet/live/job.h"
#include "rivulet/live/mailbox.h"

namespace rivulet::live {

/// One task of an engine. It lives on the engine's thread for it, except for its constructor and
/// destructor; whatever it throws stops the engine with that as its error.
template <class Order>
class Worker {
 public:
  virtual ~Worker() = default;
  /// Before the next slice: the newest order. Those that came between were never seen.
  virtual void obey(const Order& order) = 0;
  /// One slice of some milliseconds; false when there is nothing to do until the next order.
  virtual bool slice() = 0;
};

/// Orders to tasks, and their results from an Outbox. What a lab wants is one Order: it goes to
/// every task whole. The frame loop alone calls this.
///
/// A lab's own engine derives from it, gives it its tasks, and names its results.
template <class Order, class Outbox>
class Engine {
 public:
  struct Task {
    std::string name;
    double share = 1;  ///< see Job::Task
    std::unique_ptr<Worker<Order>> worker;
  };

  /// `tasks(out)` gives the tasks, an array of them; they may keep `out` and write to it.
  template <class Tasks>
  explicit Engine(Tasks tasks) : impl_(std::make_unique<Impl>(tasks)) {}

  void order(const Order& order) {
    for (const auto& desk : impl_->desks) desk->orders.post(order);
    impl_->rests = false;
    impl_->job.wake();
  }
  /// Each frame, or more often: takes what is new and, without threads, works for `milliseconds`.
  void update(double milliseconds) {
    impl_->job.pump(milliseconds);
    impl_->rests = impl_->job.rests();  // asked first: what was done until then is polled
    impl_->out.poll();
  }
  /// As of the last update: all orders are carried out, and their results are here.
  [[nodiscard]] bool rests() const { return impl_->rests; }
  /// As of the last update; indices as the Outbox says.
  template <class T, class... Index>
  [[nodiscard]] const T& get(Index... at) const {
    return std::as_const(impl_->out).template get<T>(at...);
  }

  /// Tasks rest for so long, as soon as their slices end.
  void hold(std::chrono::milliseconds time) { impl_->job.hold(time); }

  /// What went wrong, in words; empty while all is well. Then nothing is done until `retry`.
  [[nodiscard]] std::string error() const { return impl_->job.error(); }
  [[nodiscard]] bool device_failed() const { return impl_->job.device_failed(); }
  void retry() { impl_->job.retry(); }

 protected:
  /// For tasks that rest between slices by the clock.
  void wake() { impl_->job.wake(); }

 private:
  /// A task and what it was told.
  struct Desk {
    Mailbox<Order> orders;
    std::unique_ptr<Worker<Order>> worker;

    bool slice() {
      if (orders.poll()) worker->obey(orders.front());
      return worker->slice();
    }
  };

  struct Impl {
    template <class Tasks>
    explicit Impl(Tasks& tasks) : job(jobs(tasks(out))) {}

    template <class List>
    std::vector<Job::Task> jobs(List tasks) {
      std::vector<Job::Task> all;
      for (Task& task : tasks) {
        Desk& desk = *desks.emplace_back(std::make_unique<Desk>());
        desk.worker = std::move(task.worker);
        all.push_back({.name = std::move(task.name), .share = task.share, .slice = [&desk] {
                         return desk.slice();
                       }});
      }
      return all;
    }

    Outbox out;
    bool rests = false;
    std::vector<std::unique_ptr<Desk>> desks;
    Job job;  // last, so that its threads end before what they use
  };

  std::unique_ptr<Impl> impl_;
};

}  // namespace rivulet::live
