// Models of DDCM's codes: what is likely is drawn as often, patterns are learned, files are
// checked.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <map>

#include "compare.h"
#include "eight_pictures.h"
#include "messages.h"
#include "rivulet/models/code_model.h"
#include "rivulet/train/code_model.h"
#include "small_codes.h"

using namespace rivulet;
using namespace rivulet::testing;
using models::DdcmCode;
using models::TokenLook;

namespace {

train::Trainer trainer(TokenLook look, int64_t steps = 300) {
  return {train::code_objective(small_code_model(look), {.batch = 16, .label_dropout = 0.3F},
                                code_pattern()),
          {.learning_rate = 1e-2F, .ema_decay = 0.95F, .warmup = 20, .schedule_steps = steps},
          cpu_device()};
}

io::SafeTensors trained(TokenLook look, int64_t steps = 300) {
  train::Trainer made = trainer(look, steps);
  while (made.steps() < steps) (void)made.step();
  return io::parse_safetensors(io::serialise(made.weights(), io::Precision::f16));
}

}  // namespace

TEST_CASE("code models: only codes of single indices have one") {
  const models::DiffusionModel decoder;
  CHECK_NOTHROW((void)models::code_model_for({.codes = 3}, TokenLook::index, decoder, 1));
  CHECK_THROWS_AS((void)models::code_model_for(
                      {.form = models::CodeForm::turbo, .codes = 3, .bits = 4, .atoms = 2},
                      TokenLook::index, decoder, 1),
                  Error);
}

TEST_CASE("code models: the loss of a fixed batch is what it was, and begins at log2 K bits") {
  for (const auto& [look, expected] :
       {std::pair{TokenLook::index, 1.31143}, std::pair{TokenLook::vector, 1.33924}}) {
    CAPTURE(models::name_of(look));
    train::Trainer fixed = trainer(look);
    (void)fixed.step();
    CHECK(fixed.losses()[1].first == "bits");
    CHECK(fixed.losses()[1].second == doctest::Approx(2).epsilon(0.1));
    float loss = 0;
    for (int i = 0; i < 4; ++i) loss = fixed.step();
    CHECK(loss == doctest::Approx(expected).epsilon(1e-4));
  }
}

TEST_CASE("code models: what depends on earlier tokens and on labels is learned") {
  for (const TokenLook look : {TokenLook::index, TokenLook::vector}) {
    CAPTURE(models::name_of(look));
    models::CodeSampler sampler(trained(look), 5, cpu_device());
    const std::vector<double> told = sampler.bits(code_pattern()->codes, code_pattern()->labels);
    const std::vector<double> untold =
        sampler.bits(code_pattern()->codes, std::vector<float>(8, sampler.model().any()[0]));
    REQUIRE(told.size() == 3);
    CHECK(told[0] == doctest::Approx(2).epsilon(0.05));
    CHECK(told[1] < 0.1);
    CHECK(told[2] < 0.1);
    CHECK(untold[2] == doctest::Approx(1).epsilon(0.1));

    const std::vector<float> labels(400, 1);
    int good = 0;
    std::array<int, 4> first{};
    for (const DdcmCode& code : sampler.sample(labels, 400, 1, 9)) {
      validate(code, sampler.model().settings);
      ++first.at(code.indices[0]);
      good += code.indices[1] == (code.indices[0] + 1) % 4 && code.indices[2] == 1 ? 1 : 0;
    }
    CHECK(good > 380);
    for (const int count : first) CHECK(count == doctest::Approx(100).epsilon(0.3));
  }
}

TEST_CASE("code models: codes are drawn as often as they are likely, whatever the batch") {
  const io::SafeTensors file = trained(TokenLook::vector, 40);
  models::CodeSampler sampler(file, 64, cpu_device());
  constexpr int64_t n = 8000;
  const std::vector<float> labels(n, 0);
  const std::vector<DdcmCode> codes = sampler.sample(labels, n, 1, 4);
  std::map<std::vector<uint32_t>, int> counts;
  for (const DdcmCode& code : codes) ++counts[code.indices];
  double total = 0;
  for (uint32_t i = 0; i < 64; ++i) {
    const DdcmCode code{.indices = {i / 16, i / 4 % 4, i % 4}, .coefficients = {}};
    double bits = 0;
    for (const double each : sampler.bits(std::span(&code, 1), std::vector<float>{0})) bits += each;
    const double p = std::exp2(-bits);
    total += p;
    const double deviation = std::sqrt(n * p * (1 - p)) + 1;
    CHECK(std::fabs(counts[code.indices] - n * p) < 5 * deviation);
  }
  CHECK(total == doctest::Approx(1).epsilon(1e-4));

  models::CodeSampler alone(file, 1, cpu_device());
  const std::vector<DdcmCode> few = alone.sample(std::span(labels).first(10), 10, 1, 4);
  CHECK(std::equal(few.begin(), few.end(), codes.begin()));
  // Cold, the likeliest token each time: all alike.
  const std::vector<DdcmCode> cold = sampler.sample(std::span(labels).first(10), 10, 0.01F, 4);
  for (const DdcmCode& code : cold) CHECK(code == cold[0]);
}

TEST_CASE("code models: cards and codes go through files") {
  for (const TokenLook look : {TokenLook::index, TokenLook::vector}) {
    const models::CodeModel model = small_code_model(look);
    const models::CodeModel read =
        models::code_model({.metadata = models::code_model_card(model), .tensors = {}});
    CHECK(read.net == model.net);
    CHECK(read.look == look);
    CHECK(read.settings == model.settings);
    CHECK(read.dimensions == 16);
    CHECK(read.decoder == 77);
    CHECK(read.dataset == "few");
    CHECK(read.attributes == model.attributes);
    const train::CodeSets sets{.train = *code_pattern(), .held_out = *code_pattern()};
    const io::SafeTensors file =
        io::parse_safetensors(io::serialise(train::code_file(sets, model), io::Precision::f32));
    CHECK(train::code_sets(file, model) == sets);
  }
}

TEST_CASE("code models: what is malformed or of other codes is refused with a sentence") {
  const models::CodeModel model = small_code_model(TokenLook::index);
  const auto with = [&](const char* key, const char* text) {
    io::Card card = models::code_model_card(model);
    card[key] = text;
    return message_of([&] { (void)models::code_model({.metadata = card, .tensors = {}}); });
  };
  CHECK(with("rho", "1.5").empty());
  models::CodeModel large = small_code_model(TokenLook::vector);
  large.net.tokens = 1024;
  large.net.vocabulary = 64;
  large.dimensions = 4096;
  CHECK(message_of([&] {
          Graph graph;
          nn::Params params(graph, 1);
          (void)models::code_tables(large, graph, params);
        }) == "[code model] numbers of all codebooks must be 1..67108864, not 268435456");
  CHECK(with("architecture", "dit") ==
        "[model card] it is a flow of pictures, not a model of codes (its architecture is 'dit')");
  CHECK(with("look", "smell") == "[model card] it says look = 'smell'");
  CHECK(with("bits", "17") == "[model card] it says bits = '17'");
  CHECK(with("codebook", "") == "[model card] it says codebook = ''");
  CHECK(with("decoder", "4294967296") == "[model card] it says decoder = '4294967296'");
  CHECK(with("heads", "3") == "[causal] 3 heads do not divide a width of 16");
  CHECK(message_of([] { (void)models::token_look_names.read("smell"); }) ==
        "[look] there is no 'smell', only index, vector");

  const io::SafeTensors good =
      train::code_file({.train = *code_pattern(), .held_out = *code_pattern()}, model);
  const auto read = [&](const io::SafeTensors& file) {
    return message_of([&] { (void)train::code_sets(file, model); });
  };
  io::SafeTensors file = good;
  file.metadata["decoder"] = "78";
  CHECK(read(file) == "[codes] they are others: of decoder = '78', not '77'");
  file = good;
  file.tensors[0].tensor.span()[0] = 4;
  CHECK(read(file) == "[codes] 'train.tokens' holds 4");
  file.tensors[0].tensor.span()[0] = std::nanf("");
  CHECK(read(file) == "[codes] 'train.tokens' holds nan");
  file.tensors[0].tensor.span()[0] = 0.5F;
  CHECK(read(file) == "[codes] 'train.tokens' holds 0.5");
  file.tensors[0].tensor = Tensor({4, 2});
  CHECK(read(file) == "[codes] 'train.tokens' is (4,2), not (N,3)");
  file = good;
  file.tensors[1].tensor.span()[0] = 3;
  CHECK(read(file) == "[codes] a code has a label without a meaning");
  file = good;
  file.tensors.pop_back();
  CHECK(read(file).find("held_out.labels") != std::string::npos);

  CHECK(message_of([&] {
          (void)models::code_model_for({.form = models::CodeForm::turbo, .atoms = 2},
                                       TokenLook::index, {}, 0);
        }).find("single indices") != std::string::npos);
  models::CodeSampler sampler(trained(TokenLook::index, 1), 2, cpu_device());
  CHECK(message_of([&] { (void)sampler.sample(std::vector<float>{0}, 2, 1, 1); }) ==
        "[code model] 1 labels for 2 codes of 1 attributes");
  CHECK(message_of([&] {
          (void)sampler.sample(std::vector<float>{3}, 1, 1, 1);
        }).find("label must be") != std::string::npos);
  CHECK(message_of([&] {
          (void)sampler.sample(std::vector<float>{0}, 1, 0, 1);
        }).find("temperature must be") != std::string::npos);
}
