#include "rivulet/ui/labs/tarflow_pictures/make.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <chrono>

#include "rivulet/core/random.h"
#include "rivulet/ui/labs/tarflow_pictures/lab.h"
#include "rivulet/ui/shell.h"

namespace rivulet::ui {
namespace {

constexpr double pump_least = 8;  // milliseconds a frame for work, where there are no threads
constexpr double pump_most = 40;
constexpr double pump_share = 0.5;  // ... of the time between frames
constexpr uint64_t dice_stream = 980;
constexpr uint32_t dice_faces = 10000;
constexpr ImGuiID key_owner = 0x74617266;

std::string numbers_text(std::span<const float> values, size_t most) {
  std::string out;
  for (const float v : values.first(std::min(values.size(), most))) {
    out += fmt::format("{}{:.5f}", out.empty() ? "" : ",", v);
  }
  return out;
}

}  // namespace

Lab tarflow_pictures_lab() {
  const auto lab = std::make_shared<TarflowPicturesLab>();
  return {.id = "tarflow-pictures",
          .title = [](const words::Words& words) { return words.tarflow_pictures.lab; },
          .help =
              [](const words::Words& words) {
                return Help{words.tarflow_pictures.keys, words.tarflow_pictures.help_mouse};
              },
          .draw = [lab](Ui& ui, Box box) { lab->draw(ui, box); },
          .rest = [lab] { lab->rest(); },
          .state = [lab] { return lab->state(); },
          .restore = [lab](const Fields& fields) { lab->restore(fields); },
          .take_file = [lab](const io::Bytes& file) { return lab->take_file(file); },
          .report = [lab] { return lab->report(); }};
}

void TarflowPicturesLab::restore(const Fields& fields) {
  state_ = tarflow_pictures::read_state(fields);
  editor_.close();
}

// --- What is going on, for reports ---

std::string TarflowPicturesLab::sheet_report() const {
  const tarflow_pictures::Sheet none;
  const tarflow_pictures::Sheet& sheet = engine_ ? engine_->sheet() : none;
  constexpr std::array<const char*, 4> stages = {"none", "sampling", "denoising", "finished"};
  std::string blocks;
  for (const tarflow_pictures::Block& block : sheet.blocks) {
    blocks += fmt::format(R"({}{{"solved":{},"runs":{}}})", blocks.empty() ? "" : ",", block.solved,
                          block.runs);
  }
  const bool shown = state_.chosen < sheet.denoised();
  return fmt::format(
      R"("sheet":{{"run":{},"stage":"{}","count":{},"tokens":{},"runs":{},"ms":{:.3f},"cut":{},)"
      R"("denoised":{},"blocks":[{}],"costs":[{:.3f},{:.3f},{:.3f}],"nats":{:.4f},"raw":[{}],)"
      R"("clean":[{}]}})",
      sheet.run, stages[static_cast<size_t>(sheet.stage)], sheet.count, sheet.tokens, sheet.runs,
      sheet.ms, sheet.cut, sheet.denoised(), blocks, sheet.costs[0].ms, sheet.costs[1].ms,
      sheet.costs[2].ms, shown ? sheet.nats[static_cast<size_t>(state_.chosen)] : 0.0F,
      shown ? numbers_text(sheet.of(sheet.raw, state_.chosen), 24) : "",
      shown ? numbers_text(sheet.of(sheet.clean, state_.chosen), 24) : "");
}

std::string TarflowPicturesLab::latent_report() const {
  const tarflow_pictures::Latent none;
  const tarflow_pictures::Latent& latent = engine_ ? engine_->latent() : none;
  return fmt::format(
      R"("latent":{{"run":{},"answer":{},"finished":{},"changed":{},"error":{:.7f},"nats":{:.4f},)"
      R"("back_nats":{:.4f},"runs":{},"ms":{:.3f},"cut":{},"clean":[{}]}})",
      latent.run, latent.answer, latent.stage == tarflow_pictures::Latent::Stage::finished,
      latent.changed, latent.error, latent.nats, latent.back_nats, latent.runs, latent.ms,
      latent.cut, numbers_text(latent.clean, 24));
}

std::string TarflowPicturesLab::likelihood_report() const {
  const tarflow_pictures::Likelihood none;
  const tarflow_pictures::Likelihood& found = engine_ ? engine_->likelihood() : none;
  double sum = 0;
  for (const float v : found.values) sum += v;
  std::string suspects;
  for (const auto& suspect : found.suspects) {
    suspects += (suspects.empty() ? "" : ",") +
                (suspect.known ? fmt::format("{:.4f}", suspect.value) : std::string("null"));
  }
  return fmt::format(
      R"("likelihood":{{"bits":{},"scored":{},"total":{},"mean":{:.4f},"suspects":[{}]}})",
      found.bits, found.values.size(), found.total,
      sum / static_cast<double>(std::max<size_t>(1, found.values.size())), suspects);
}

std::string TarflowPicturesLab::report() const {
  const Transfer* const transfer = files_.find(weights_name());
  const std::string wrong = trouble();
  return fmt::format(
      R"("set":"{}","weights":"{}","loaded":{:.3f},"model_error":{},"parameters":{},)"
      R"("sampler":"{}",{},{},{},"editing":{},"error":{})",
      state_.set->name,
      !transfer        ? "none"
      : !wrong.empty() ? "failed"
      : ready()        ? "ready"
                       : "loading",
      transfer ? transfer->progress() : 0.0F, json_text(wrong),
      ready() ? engine_->card().parameters : 0, models::name_of(state_.request.method),
      sheet_report(), latent_report(), likelihood_report(), editor_.is_open(),
      json_text(engine_ ? engine_->error() : ""));
}

// --- What a visitor does ---

void TarflowPicturesLab::choose_view(View view) {
  if (view == state_.view) return;
  editor_.close();
  state_.view = view;
}

void TarflowPicturesLab::choose_held_out(int picture) {
  editor_.close();
  picture = (picture + tarflow_pictures::held_out_count) % tarflow_pictures::held_out_count;
  if (far_end_ && state_.view == View::latent) {
    state_.other = picture;
    if (state_.blend <= 0) state_.blend = 0.5F;  // else nothing would be seen of it
    return;
  }
  state_.source = tarflow_pictures::Source::held_out;
  state_.picture = picture;
  state_.own.clear();
}

void TarflowPicturesLab::roll() {
  const auto thrown = Rng(state_.seed, dice_stream).below(dice_faces);
  if (state_.view == View::sample) {
    state_.seed = 1 + thrown;
  } else {
    choose_held_out(state_.picture + 1 +
                    static_cast<int>(Rng(static_cast<uint64_t>(state_.picture), dice_stream)
                                         .below(tarflow_pictures::held_out_count - 1)));
  }
}

void TarflowPicturesLab::replay() {
  if (state_.view == View::sample) ++replays_;
}

void TarflowPicturesLab::invert_sample() {
  state_.source = tarflow_pictures::Source::sampled;
  state_.own.clear();
  choose_view(View::latent);
}

bool TarflowPicturesLab::edited() const {
  return state_.blend > 0 || state_.grain > 0 ||
         std::ranges::any_of(state_.silent, [](uint8_t s) { return s != 0; });
}

void TarflowPicturesLab::undo_edits() {
  state_.blend = state_.grain = 0;
  state_.silent.clear();
}

void TarflowPicturesLab::follow_keys() {
  const ImGuiIO& io = ImGui::GetIO();
  if (io.WantTextInput || io.KeyCtrl || io.KeyAlt || io.KeySuper) return;
  ImGui::SetKeyOwner(ImGuiKey_Space, key_owner);  // else it would press the focused control
  if (ImGui::IsKeyPressed(ImGuiKey_Space, key_owner)) replay();
  const auto pressed = [](ImGuiKey key) { return ImGui::IsKeyPressed(key, false); };
  if (pressed(ImGuiKey_N)) roll();
  if (pressed(ImGuiKey_S)) choose_view(View::sample);
  if (pressed(ImGuiKey_I)) choose_view(View::latent);
  if (pressed(ImGuiKey_L)) choose_view(View::likelihood);
  if (pressed(ImGuiKey_D)) state_.denoise = !state_.denoise;
  if (pressed(ImGuiKey_Escape)) editor_.close();
  for (int i = 0; i < 3; ++i) {
    if (pressed(static_cast<ImGuiKey>(ImGuiKey_1 + i))) {
      state_.request.method = static_cast<models::TarflowMethod>(i);
    }
  }
  const ImGuiContext& context = *ImGui::GetCurrentContext();
  if (context.NavId != 0 && !context.NavDisableHighlight) return;  // a control has the arrows
  const auto turned = [](ImGuiKey key) { return ImGui::IsKeyPressed(key, true) ? 1 : 0; };
  const int turn = turned(ImGuiKey_RightArrow) - turned(ImGuiKey_LeftArrow);
  if (turn == 0) return;
  if (state_.view == View::sample) {
    state_.chosen = (state_.chosen + turn + count_) % count_;
  } else {
    choose_held_out((far_end_ && state_.view == View::latent ? state_.other : state_.picture) +
                    turn);
  }
}

// --- The order ---

bool TarflowPicturesLab::ready() const {
  return engine_ && engine_->card().good() &&
         engine_->card().file == files_.bytes_of(weights_name());
}

/// Tells the engine when anything it needs to know has changed.
void TarflowPicturesLab::send_order() {
  tarflow_pictures::Order order{.weights = files_.bytes_of(weights_name()),
                                .exact = {},
                                .held_out = files_.bytes_of(held_out_name())};
  const bool sampled =
      state_.view != View::sample && state_.source == tarflow_pictures::Source::sampled;
  if (state_.view == View::sample || sampled) {
    order.samples = {.request = state_.request,
                     .labels = state_.labels,
                     .count = count_,
                     .seed = state_.seed,
                     .temperature = state_.temperature,
                     .seconds = sampled ? 0 : state_.seconds,
                     .replay = replays_};
  }
  const std::vector<float> source =
      state_.view == View::sample ? std::vector<float>{} : source_values();
  if (state_.view == View::latent && !source.empty()) {
    order.latent = {
        .picture = source,
        .other = state_.blend > 0 ? held_out_values(state_.other) : std::vector<float>{},
        .request = state_.request,
        .labels = state_.labels,
        .edit = {.blend = state_.blend,
                 .grain = state_.grain,
                 .seed = state_.seed,
                 .silent = state_.silent}};
  }
  if (judges_bytes()) order.exact = files_.bytes_of(exact_name());
  const bool waits = judges_bytes() && !order.exact;
  if (order.held_out && !waits) order.likelihood = {.picture = source};
  if (sent_ && *sent_ == order) return;
  engine_->order(order);
  if (!engine_->error().empty()) engine_->retry();
  sent_ = std::move(order);
}

/// The task stops at the next run: nothing is asked of it.
void TarflowPicturesLab::rest() {
  if (!sent_) return;
  engine_->order({.weights = sent_->weights, .exact = sent_->exact, .held_out = sent_->held_out});
  sent_.reset();
}

void TarflowPicturesLab::draw(Ui& ui, Box box) {
  all_ = ui.words;
  if (!engine_) engine_.emplace();
  count_ = ui.phone ? tarflow_pictures::sample_count / 2 : tarflow_pictures::sample_count;
  state_.chosen = std::min(state_.chosen, count_ - 1);
  follow_keys();
  fetch_files(ui);
  cut_held_out();
  send_order();
  const auto start = std::chrono::steady_clock::now();
  engine_->update(std::clamp(1000.0 * ui.dt * pump_share, pump_least, pump_most));
  const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
  ui.work_ms = Job::has_threads() ? 0 : spent.count();
  follow_files(ui);
  ease_pictures(ui);
  if (ui.phone) {
    draw_phone(ui, box);
  } else {
    draw_wide(ui, box);
  }
  if (!complaint_.empty()) ui.say(std::exchange(complaint_, {}), true);
}

}  // namespace rivulet::ui
