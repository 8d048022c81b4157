// What every lab stands in: its page on a wide screen and on a phone, its keys, its files, its
// share of a frame, what it says when something goes wrong. make_lab makes a Lab of a class with
//
//   LabFrame frame;
//   Fields state() const;               its settings
//   void restore(const Fields&);        throws Error and changes nothing where they are bad
//   std::string report() const;         members of a JSON object, for tests
//   void follow_keys();                 called while the keyboard is the lab's
//   void update(Ui&);                   what is new: orders, results, what moves
//   void rest();                        nobody looks: see Lab
//   static constexpr float head_height; of what stays above the settings
//   void draw_head(Ui&, Box);
//   float draw_settings(Ui&, Box column);          returns the height used
//   float draw_main(Ui&, Box area, bool narrow);   likewise; narrow: one column
//
// and, where it takes texts or files from the visitor, bool take_text(const std::string&) and
// bool take_file(const io::Bytes&): see Lab; where it holds networks for pictures,
//
//   static constexpr bool holds_networks = true;
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "rivulet/live/device.h"
#include "rivulet/live/job.h"
#include "rivulet/ui/files.h"
#include "rivulet/ui/lab.h"
#include "rivulet/ui/page.h"

namespace rivulet::ui {

class LabFrame {
 public:
  const words::Words* words = &words::words(words::Language::english);  ///< of the frame drawn last
  FetchedFiles files;
  Sheet sheet;        ///< the settings on a phone
  bool more = false;  ///< the dials that few need are shown

  /// Says with the next frame what was bad, and why.
  void complain(const char* what, const std::exception& error);
  /// Says with the next frame what is well.
  void tell(std::string sentence) { said_ = std::move(sentence); }
  /// Gives the visitor a file, or says that there is no place for it.
  void save(Ui& ui, const std::string& name, io::Bytes bytes);
  /// Asks the visitor for a file, which goes to the lab's take_file.
  void choose_file(Ui& ui);

  // Of make_lab

  using Take = std::function<bool(const io::Bytes&)>;
  void begin(Ui& ui, const Take& take_file);
  struct Parts {
    float head_height = 0;
    std::function<void(Box)> head;
    std::function<float(Box)> settings;
    std::function<float(Box, bool narrow)> main;
  };
  void draw(Ui& ui, Box box, const Parts& parts);

 private:
  std::vector<TransferPtr> saving_;
  TransferPtr opening_;
  std::string complaint_;
  std::string said_;
};

// --- Heads ---

inline constexpr float button_head = 42;    ///< one row of buttons
inline constexpr float training_head = 66;  ///< ... and how training goes

/// What was pressed of play (or pause), one step and restart.
struct Transport {
  bool play = false;
  bool step = false;
  bool restart = false;
};
[[nodiscard]] Transport draw_transport(Ui& ui, Box row, bool playing);
/// "step 1200", "172 steps/s".
void draw_training_pace(const Ui& ui, Box row, int64_t step, double steps_per_second);

// --- Keys, for follow_keys ---

[[nodiscard]] bool pressed(ImGuiKey key);
/// The space bar, which then presses no focused control.
[[nodiscard]] bool space_pressed();
/// Position of the digit that was pressed among `count` from `first` on.
[[nodiscard]] std::optional<int> digit_pressed(int first, int count);
/// -1 or 1 for the arrows left and right, unless a focused control has them.
[[nodiscard]] int arrow_pressed();
/// False while text is typed, and with keys that belong to the browser or the system.
[[nodiscard]] bool keys_are_free();

// --- What goes wrong, and what is yet to come ---

/// Over what cannot be shown: why, and another try; true when the visitor wants that. Nothing where
/// `why` is empty.
[[nodiscard]] bool draw_load_trouble(Ui& ui, Box box, const std::string& why,
                                     const char* name = "retry");
/// The same of training that stopped.
[[nodiscard]] bool draw_training_trouble(Ui& ui, Box box, const std::string& why);
/// At the right of a row, and as a thin line at its foot: how far a file has come.
void draw_loading(Ui& ui, Box row, const Transfer* transfer, ImU32 color);
[[nodiscard]] std::string loading_text(const Ui& ui, const Transfer* transfer);

// --- The engine ---

/// Where frames are slow, a press has the processor to itself for so long: what it does is then
/// seen within a tenth of a second.
inline constexpr std::chrono::milliseconds answer_time{100};
/// Milliseconds that an engine may work in each frame of the browser, drawn or not, where there are
/// no threads: half of what a fast screen grants, and no longer than a press can wait.
inline constexpr double pump_time = 8;
void note_pumped(Ui& ui, double milliseconds);

/// A lab's engine, which begins to live when it is first asked something, and its newest order.
template <class Engine, class Order>
class LabEngine {
 public:
  [[nodiscard]] Engine* operator->() { return &engine(); }
  [[nodiscard]] const Engine* operator->() const { return &engine(); }
  [[nodiscard]] const std::optional<Order>& sent() const { return sent_; }

  /// Tells the engine where anything that it needs to know has changed, the device among it;
  /// `retry`: what had failed is then tried again.
  void ask(const Ui& ui, Order order, bool retry = true) {
    compute_on(ui.device, order);
    if (sent_ && *sent_ == order) return;
    const bool again = retry ? !engine().error().empty() : engine().device_failed();
    engine().order(order);
    if (again) engine().retry();
    sent_ = std::move(order);
  }
  /// Sends an order that asks for nothing, made of the last one.
  template <class Quieten>
  void rest(Quieten quieten) {
    if (!sent_) return;
    engine().order(quieten(*sent_));
    sent_.reset();
  }
  /// Takes what is new; without threads, works for a while, and again until the next frame.
  void pump(Ui& ui) {
    const auto start = std::chrono::steady_clock::now();
    if (ui.answering) engine().hold(answer_time);
    engine().update(pump_time);
    if (!Job::has_threads()) ui.work = [this](double time) { engine().update(time); };
    if (engine().device_failed()) leave_device(ui);
    ui.working = !engine().rests();
    const std::chrono::duration<double, std::milli> past = std::chrono::steady_clock::now() - start;
    note_pumped(ui, past.count());
  }

 private:
  [[nodiscard]] Engine& engine() const {
    if (!engine_) engine_ = std::make_unique<Engine>();
    return *engine_;
  }
  /// Orders of labs without networks name no device.
  static void compute_on(const Device* device, Order& order) {
    if constexpr (requires { order.device; }) order.device = device;
  }
  /// Goes on elsewhere from the same state; the shell says why, and takes the other labs there.
  void leave_device(Ui& ui) {
    if (!sent_ || ui.device == live::usual_device()) return;
    ui.device_failure = engine().error();
    ui.device = live::usual_device();
    compute_on(ui.device, *sent_);
    engine().order(*sent_);
    engine().retry();
  }

  mutable std::unique_ptr<Engine> engine_;
  std::optional<Order> sent_;
};

// --- The lab ---

/// A lab that is made when it is first needed, and can be given back until then: its settings stay.
template <class L>
class KeptLab {
 public:
  [[nodiscard]] L& get() {
    if (!lab_) {
      lab_ = std::make_unique<L>();
      if (settings_) lab_->restore(*settings_);
    }
    return *lab_;
  }
  [[nodiscard]] L* made() { return lab_.get(); }
  void give_back() {
    if (!lab_) return;
    settings_ = lab_->state();
    lab_.reset();
  }

 private:
  std::unique_ptr<L> lab_;
  std::optional<Fields> settings_;
};

template <class L>
concept HoldsNetworks = requires {
  L::holds_networks;
};

/// `words_of` gives the words of the lab: its name among those of its system, and its help.
template <class L, class WordsOf>
[[nodiscard]] Lab make_lab(const char* id, System system, WordsOf words_of) {
  const auto kept = std::make_shared<KeptLab<L>>();
  Lab out{.id = id,
          .system = system,
          .holds_networks = HoldsNetworks<L>,
          .title = [words_of](const words::Words& words) { return words_of(words).lab; },
          .help =
              [words_of](const words::Words& words) {
                return Help{words_of(words).keys, words_of(words).help_mouse};
              },
          .draw = {},
          .rest =
              [kept] {
                if (L* const lab = kept->made()) lab->rest();
              },
          .give_back = [kept] { kept->give_back(); },
          .state = [kept] { return kept->get().state(); },
          .restore = [kept](const Fields& fields) { kept->get().restore(fields); },
          .report = [kept] { return kept->get().report(); }};
  if constexpr (requires(L lab, const std::string& text) { lab.take_text(text); }) {
    out.take_text = [kept](const std::string& text) { return kept->get().take_text(text); };
  }
  if constexpr (requires(L lab, const io::Bytes& file) { lab.take_file(file); }) {
    out.take_file = [kept](const io::Bytes& file) { return kept->get().take_file(file); };
  }
  if constexpr (requires(L lab) { lab.copied(); }) {
    out.copied = [kept] { return kept->get().copied(); };
  }
  out.draw = [kept, take_file = out.take_file](Ui& ui, Box box) {
    L& lab = kept->get();
    lab.frame.begin(ui, take_file);
    if (keys_are_free()) lab.follow_keys();
    lab.update(ui);
    lab.frame.draw(
        ui, box,
        {.head_height = L::head_height,
         .head = [&](Box top) { lab.draw_head(ui, top); },
         .settings = [&](Box column) { return lab.draw_settings(ui, column); },
         .main = [&](Box area, bool narrow) { return lab.draw_main(ui, area, narrow); }});
  };
  return out;
}

}  // namespace rivulet::ui
