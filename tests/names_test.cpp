// The tables of names, and what a card says it is of.
#include <doctest/doctest.h>

#include <set>

#include "rivulet/core/error.h"
#include "rivulet/data/target2d.h"
#include "rivulet/models/code_model.h"
#include "rivulet/models/kind.h"
#include "rivulet/models/tarflow_sampler.h"
#include "rivulet/words/words.h"

using namespace rivulet;
using models::ModelKind;

namespace {

template <class Enum, size_t N>
void check_table(const Names<Enum, N>& table) {
  CAPTURE(table.what);
  CHECK(std::set(table.names.begin(), table.names.end()).size() == N);
  for (size_t i = 0; i < N; ++i) {
    const auto value = static_cast<Enum>(i);
    CHECK(!table.of(value).empty());
    CHECK(table.read(table.of(value)) == value);
    if (!table.old[i].empty()) CHECK(table.read(table.old[i]) == value);
  }
  CHECK(!table.find(""));
  CHECK_THROWS_AS((void)table.read("nonsense"), Error);
}

}  // namespace

TEST_CASE("names: every table reads what it writes, and what older files say") {
  check_table(models::method_names);
  check_table(data::shape2d_names);
  check_table(nn::coupling_names.first<2>());
  check_table(words::language_names);
  check_table(models::prediction_names);
  check_table(models::model_kind_names);
  check_table(models::tarflow_noise_names);
  check_table(models::tone_names);
  check_table(models::tarflow_method_names);
  check_table(models::tarflow_guidance_names);
  check_table(models::token_look_names);
  check_table(models::codebook_names);
  check_table(models::code_form_names);
  check_table(models::choice_names);
  check_table(nn::coupling_names);
  check_table(nn::given_names);
  check_table(nn::direction_names);
  CHECK(nn::direction_names.read("to data") == nn::Direction::to_data);
  CHECK(nn::given_names.read("half of a token") == nn::Given::half_of_a_token);
  CHECK_THROWS_WITH_AS((void)nn::given_names.read("all"),
                       "[given] there is no 'all', only tokens, halves", Error);
}

TEST_CASE("names: the kind of a model is what its card says") {
  for (size_t i = 0; i < models::model_kind_names.names.size(); ++i) {
    const auto kind = static_cast<ModelKind>(i);
    io::Card card = {
        {"architecture", std::string(models::architecture_of(kind))},
        {"method", kind == ModelKind::diffusion ? models::diffusion_method : "shortcut"}};
    CHECK(models::kind_of(card) == kind);
    CHECK_NOTHROW(models::check_architecture(card, kind));
    card["architecture"] = "gan";
    CHECK_THROWS_WITH_AS((void)models::kind_of(card), "[model card] it says architecture = 'gan'",
                         Error);
    CHECK_THROWS_AS(models::check_architecture(card, kind), Error);
  }
  CHECK_THROWS_AS((void)models::kind_of({}), Error);
}
