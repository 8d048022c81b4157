// What a network or a training may be told: a field beyond its range is refused by its name, before
// anything is made of it; and a card keeps every field.
#include <doctest/doctest.h>

#include <initializer_list>
#include <limits>
#include <string>

#include "messages.h"
#include "rivulet/models/distill2d.h"
#include "rivulet/models/expert_layer.h"
#include "rivulet/models/experts2d.h"
#include "rivulet/models/tarflow2d.h"
#include "rivulet/nn/dit.h"
#include "rivulet/nn/judge.h"
#include "rivulet/nn/sequence.h"
#include "rivulet/nn/tarflow.h"
#include "rivulet/train/distill2d.h"
#include "rivulet/train/drifting2d.h"
#include "rivulet/train/experts2d.h"
#include "rivulet/train/judge.h"
#include "rivulet/train/pictures.h"
#include "rivulet/train/trainer.h"

using namespace rivulet;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

template <class Config>
struct Limit {
  const char* says;
  void (*spoil)(Config&);
};

template <class Config>
void check_limits(const Config& good, std::initializer_list<Limit<Config>> limits) {
  CHECK_NOTHROW(validate(good));
  for (const Limit<Config>& limit : limits) {
    Config bad = good;
    limit.spoil(bad);
    const std::string message = testing::message_of([&] { validate(bad); });
    CAPTURE(limit.says);
    CAPTURE(message);
    CHECK(message.find(limit.says) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("limits: of a trainer") {
  using C = train::TrainerConfig;
  check_limits<C>({}, {{"learning rate", [](C& c) { c.learning_rate = 2; }},
                       {"learning rate", [](C& c) { c.learning_rate = not_a_number; }},
                       {"weight decay", [](C& c) { c.weight_decay = -1; }},
                       {"clip", [](C& c) { c.clip = -1; }},
                       {"beta1", [](C& c) { c.beta1 = 1; }},
                       {"beta2", [](C& c) { c.beta2 = 1; }},
                       {"EMA decay", [](C& c) { c.ema_decay = 1; }},
                       {"warm-up", [](C& c) { c.warmup = -1; }},
                       {"schedule steps", [](C& c) { c.schedule_steps = 0; }},
                       {"floor", [](C& c) { c.floor = 1.5F; }}});
  const C unusual{.learning_rate = 0.5F,
                  .weight_decay = 0.25F,
                  .clip = 3,
                  .beta2 = 0.75F,
                  .ema_decay = 0.125F,
                  .warmup = 7,
                  .schedule_steps = 77,
                  .floor = 0.375F,
                  .seed = 5,
                  .beta1 = 0.625F};
  const io::Card card = train::trainer_card(unusual);
  CHECK(train::trainer_config(card) == unusual);
  for (const auto& [key, value] : card) {
    CAPTURE(key);
    io::Card spoilt = card;
    spoilt[key] = "-1";
    CHECK_THROWS_AS((void)train::trainer_config(spoilt), Error);
  }
}

TEST_CASE("limits: of what trains pictures, judges and the plane") {
  using Pictures = train::PictureTraining;
  check_limits<Pictures>(
      {}, {{"batch", [](Pictures& c) { c.rows.batch = 1; }},
           {"batch", [](Pictures& c) { c.rows.batch = 4097; }},
           {"label dropout", [](Pictures& c) { c.rows.label_dropout = 2; }},
           {"value dropout", [](Pictures& c) { c.rows.value_dropout = not_a_number; }},
           {"bootstrap", [](Pictures& c) { c.bootstrap = 1; }},
           {"self weight", [](Pictures& c) { c.self_weight = -1; }},
           {"long steps", [](Pictures& c) { c.long_steps = 5; }},
           {"highest guidance", [](Pictures& c) { c.highest_guidance = 0; }}});
  const Pictures unusual{.rows = {.batch = 3, .label_dropout = 0.5F, .value_dropout = 0.25F},
                         .bootstrap = 0.125F,
                         .self_weight = 9,
                         .long_steps = 2,
                         .highest_guidance = 7};
  CHECK(train::picture_training(train::picture_training_card(unusual)) == unusual);
  using Judge = train::JudgeTraining;
  check_limits<Judge>({}, {{"batch", [](Judge& c) { c.batch = 0; }},
                           {"steps", [](Judge& c) { c.steps = 0; }},
                           {"shift", [](Judge& c) { c.shift = 9; }}});
  using Experts = train::Experts2dTraining;
  check_limits<Experts>({},
                        {{"hidden units", [](Experts& c) { c.net.experts.hidden = 0; }},
                         {"width", [](Experts& c) { c.net.width = 7; }},
                         {"batch", [](Experts& c) { c.batch = 15; }},
                         {"learning rate", [](Experts& c) { c.learning_rate = not_a_number; }}});
}

TEST_CASE("limits: of distillation and drifting") {
  using Distill = train::Distill2dTraining;
  check_limits<Distill>(
      {}, {{"learning rate", [](Distill& c) { c.learning_rate = -1; }},
           {"fake learning rate", [](Distill& c) { c.fake_learning_rate = 2; }},
           {"EMA decay", [](Distill& c) { c.ema_decay = 1; }},
           {"schedule steps", [](Distill& c) { c.schedule_steps = 0; }},
           {"batch", [](Distill& c) { c.how.rows.batch = 1; }},
           {"lambda", [](Distill& c) { c.how.lambda = 4; }},
           {"fake steps", [](Distill& c) { c.how.fake_steps = 0; }},
           {"lowest level", [](Distill& c) { c.how.lowest_level = 0; }},
           {"highest level", [](Distill& c) { c.how.highest_level = 1; }},
           {"highest level", [](Distill& c) { c.how.highest_level = c.how.lowest_level / 2; }},
           {"level power", [](Distill& c) { c.how.level_power = 0; }},
           {"guidance", [](Distill& c) { c.how.guidance = not_a_number; }},
           {"width", [](Distill& c) { c.nets.width = 7; }},
           {"depth", [](Distill& c) { c.nets.depth = 0; }},
           {"start", [](Distill& c) { c.nets.start = 0; }},
           {"centres", [](Distill& c) { c.nets.centres = 0; }},
           {"deviation", [](Distill& c) { c.nets.deviation = 0; }}});
  using Drift = train::Drifting2dTraining;
  check_limits<Drift>({}, {{"width", [](Drift& c) { c.nets.width = 7; }},
                           {"tau", [](Drift& c) { c.how.tau = 0; }},
                           {"repulsion", [](Drift& c) { c.how.repulsion = -1; }},
                           {"batch", [](Drift& c) { c.batch = 1; }},
                           {"learning rate", [](Drift& c) { c.learning_rate = not_a_number; }},
                           {"EMA decay", [](Drift& c) { c.ema_decay = 1; }},
                           {"schedule steps", [](Drift& c) { c.schedule_steps = 0; }}});
}

TEST_CASE("limits: of networks") {
  using Dit = nn::DitConfig;
  check_limits<Dit>({}, {{"side", [](Dit& c) { c.side = 0; }},
                         {"channels", [](Dit& c) { c.channels = 5; }},
                         {"patch", [](Dit& c) { c.patch = c.side + 1; }},
                         {"do not tile", [](Dit& c) { c.patch = 3; }},
                         {"width", [](Dit& c) { c.width = 2048; }},
                         {"depth", [](Dit& c) { c.depth = 0; }},
                         {"heads", [](Dit& c) { c.heads = 0; }},
                         {"heads do not divide", [](Dit& c) { c.heads = 7; }},
                         {"mlp ratio", [](Dit& c) { c.mlp_ratio = 9; }},
                         {"attributes", [](Dit& c) { c.classes.resize(65, 2); }},
                         {"values of an attribute", [](Dit& c) { c.classes = {256}; }},
                         {"chosen experts", [](Dit& c) { c.experts = nn::MoeConfig{.chosen = 0}; }},
                         {"first block with experts", [](Dit& c) {
                            c.experts = nn::MoeConfig{};
                            c.first_experts = c.depth;
                          }}});
  using Sequence = nn::SequenceConfig;
  check_limits<Sequence>({.tokens = 4, .vocabulary = 8, .classes = {}},
                         {{"tokens", [](Sequence& c) { c.tokens = 1025; }},
                          {"vocabulary", [](Sequence& c) { c.vocabulary = 1; }},
                          {"tokens times vocabulary",
                           [](Sequence& c) {
                             c.tokens = 1024;
                             c.vocabulary = 65536;
                           }},
                          {"width", [](Sequence& c) { c.layers.width = 4; }},
                          {"depth", [](Sequence& c) { c.layers.depth = 0; }},
                          {"heads", [](Sequence& c) { c.layers.heads = 0; }},
                          {"mlp ratio", [](Sequence& c) { c.layers.mlp_ratio = 0; }},
                          {"attributes", [](Sequence& c) { c.classes.resize(65, 2); }},
                          {"values of an attribute", [](Sequence& c) { c.classes = {0}; }}});
  using Judge = nn::JudgeConfig;
  check_limits<Judge>({.classes = {2}},
                      {{"side", [](Judge& c) { c.side = 2; }},
                       {"channels", [](Judge& c) { c.channels = 0; }},
                       {"width", [](Judge& c) { c.width = 65; }},
                       {"features", [](Judge& c) { c.features = 0; }},
                       {"attributes", [](Judge& c) { c.classes = {}; }},
                       {"values of an attribute", [](Judge& c) { c.classes = {256}; }}});
  using Tarflow = nn::TarflowConfig;
  check_limits<Tarflow>({}, {{"tokens", [](Tarflow& c) { c.tokens = 0; }},
                             {"numbers of a token", [](Tarflow& c) { c.dims = 0; }},
                             {"blocks", [](Tarflow& c) { c.blocks = 33; }},
                             {"bound of alpha", [](Tarflow& c) { c.bound = -1; }},
                             {"depth", [](Tarflow& c) { c.layers.depth = 0; }},
                             {"triangular",
                              [](Tarflow& c) {
                                c.coupling = nn::Coupling::triangular;
                                c.dims = 129;
                              }},
                             {"attributes", [](Tarflow& c) { c.classes.resize(65, 2); }},
                             {"values of an attribute", [](Tarflow& c) { c.classes = {0}; }}});
  using Plane = models::Tarflow2dConfig;
  check_limits<Plane>({}, {{"blocks", [](Plane& c) { c.blocks = 17; }},
                           {"width", [](Plane& c) { c.width = 7; }},
                           {"depth", [](Plane& c) { c.depth = 5; }}});
}

TEST_CASE("limits: of experts") {
  using Moe = nn::MoeConfig;
  check_limits<Moe>({},
                    {{"experts", [](Moe& c) { c.experts = 257; }},
                     {"chosen experts", [](Moe& c) { c.chosen = c.experts + 1; }},
                     {"shared experts", [](Moe& c) { c.shared = c.chosen; }},
                     {"hidden units", [](Moe& c) { c.hidden = 0; }},
                     {"loss weight", [](Moe& c) { c.loss_weight = not_a_number; }},
                     {"rate", [](Moe& c) { c.rate = 2; }},
                     {"strength", [](Moe& c) { c.strength = 2; }},
                     {"scale", [](Moe& c) { c.scale = std::numeric_limits<float>::infinity(); }},
                     {"rms rule",
                      [](Moe& c) {
                        c.choice = nn::Choice::threshold;
                        c.balance = nn::Balance::rms;
                      }},
                     {"chooses nothing",
                      [](Moe& c) {
                        c.choice = nn::Choice::threshold;
                        c.router = nn::Router::softmax;
                        c.chosen = c.experts;
                      }},
                     {"moving quantiles", [](Moe& c) {
                        c.balance = nn::Balance::sequence;
                        c.router = nn::Router::relu;
                      }}});
  using Layer = models::ExpertLayerConfig;
  check_limits<Layer>({}, {{"experts", [](Layer& c) { c.blocks = 0; }},
                           {"hidden", [](Layer& c) { c.hidden = 0; }},
                           {"equal blocks", [](Layer& c) { c.hidden = 97; }}});
}
