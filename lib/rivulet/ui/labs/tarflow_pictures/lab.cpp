#include "rivulet/ui/labs/tarflow_pictures/lab.h"

#include <fmt/format.h>

#include <algorithm>

#include "rivulet/core/random.h"
#include "rivulet/ui/mirror.h"

namespace rivulet::ui {
namespace {

constexpr uint64_t dice_stream = 980;
constexpr uint32_t dice_faces = 10000;

std::string numbers_text(std::span<const float> values, size_t most) {
  std::string out;
  for (const float v : values.first(std::min(values.size(), most))) {
    out += fmt::format("{}{:.5f}", out.empty() ? "" : ",", v);
  }
  return out;
}

}  // namespace

void TarflowPicturesLab::restore(const Fields& fields) {
  state_ = tarflow_pictures::read_state(fields);
  editor_.close();
}

// --- What is going on, for reports ---

std::string TarflowPicturesLab::sheet_report() const {
  const tarflow_pictures::Sheet& sheet = engine_->sheet();
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
  const tarflow_pictures::Latent& latent = engine_->latent();
  return fmt::format(
      R"("latent":{{"run":{},"answer":{},"finished":{},"changed":{},"error":{:.7f},"nats":{:.4f},)"
      R"("back_nats":{:.4f},"runs":{},"ms":{:.3f},"cut":{},"clean":[{}]}})",
      latent.run, latent.answer, latent.stage == tarflow_pictures::Latent::Stage::finished,
      latent.changed, latent.error, latent.nats, latent.back_nats, latent.runs, latent.ms,
      latent.cut, numbers_text(latent.clean, 24));
}

std::string TarflowPicturesLab::likelihood_report() const {
  const tarflow_pictures::Likelihood& found = engine_->likelihood();
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
  const ModelFile file = weights();
  const std::string wrong = trouble();
  return fmt::format(
      R"("set":"{}","weights":"{}","loaded":{:.3f},"model_error":{},"parameters":{},)"
      R"("sampler":"{}",{},{},{},"editing":{},"error":{})",
      state_.set->name, wrong.empty() ? file.name() : "failed", file.loaded, json_text(wrong),
      file.ready() ? engine_->card().parameters : 0, models::name_of(state_.request.method),
      sheet_report(), latent_report(), likelihood_report(), editor_.is_open(),
      json_text(engine_->error()));
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
  if (space_pressed()) replay();
  if (pressed(ImGuiKey_N)) roll();
  if (pressed(ImGuiKey_S)) choose_view(View::sample);
  if (pressed(ImGuiKey_I)) choose_view(View::latent);
  if (pressed(ImGuiKey_L)) choose_view(View::likelihood);
  if (pressed(ImGuiKey_D)) state_.denoise = !state_.denoise;
  if (pressed(ImGuiKey_Escape)) editor_.close();
  if (const auto i = digit_pressed(1, 3)) {
    state_.request.method = static_cast<models::TarflowMethod>(*i);
  }
  const int turn = arrow_pressed();
  if (turn == 0) return;
  if (state_.view == View::sample) {
    state_.chosen = (state_.chosen + turn + count_) % count_;
  } else {
    choose_held_out((far_end_ && state_.view == View::latent ? state_.other : state_.picture) +
                    turn);
  }
}

// --- The order ---

/// What the engine needs to know.
tarflow_pictures::Order TarflowPicturesLab::order() const {
  tarflow_pictures::Order order{.weights = frame.files.bytes_of(weights_name()),
                                .exact = {},
                                .held_out = frame.files.bytes_of(held_out_name())};
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
  if (judges_bytes()) order.exact = frame.files.bytes_of(exact_name());
  const bool waits = judges_bytes() && !order.exact;
  if (order.held_out && !waits) order.likelihood = {.picture = source};
  return order;
}

/// The task stops at the next run: nothing is asked of it.
void TarflowPicturesLab::rest() {
  engine_.rest([](const tarflow_pictures::Order& last) {
    return tarflow_pictures::Order{
        .weights = last.weights, .exact = last.exact, .held_out = last.held_out};
  });
}

void TarflowPicturesLab::update(Ui& ui) {
  count_ = ui.phone ? tarflow_pictures::sample_count / 2 : tarflow_pictures::sample_count;
  state_.chosen = std::min(state_.chosen, count_ - 1);
  fetch_files(ui);
  cut_held_out();
  read_own();
  engine_.ask(ui, order());
  engine_.pump(ui);
  ease_pictures(ui);
}

}  // namespace rivulet::ui
