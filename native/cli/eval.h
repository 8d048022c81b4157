// What evaluations of pictures have in common: options, data, judge, rows of scores.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/evaluation.h"
#include "cli/options.h"
#include "rivulet/io/json.h"
#include "rivulet/models/picture_card.h"

namespace rivulet::cli {

struct Eval {
  std::string model;
  std::string data;
  std::string judge;
  std::string decoder;  ///< of a model of codes
  DeviceOptions device;
  int n = 5000;
  std::vector<int> steps = {1, 2, 4, 8, 16, 32, 64, 128};
  bool steps_given = false;  ///< by the user
  float guidance = 1;
  uint64_t seed = 1;
  bool no_samples = false;  ///< of a flow of pictures: its loss alone
  bool json = false;

  [[nodiscard]] data::Pictures load(const std::string& dataset, data::Part part) const;
  [[nodiscard]] CompileOptions compile() const {
    return {.threads = device.threads, .static_states = true};
  }
};

/// Throws Error unless the pictures are of that size and carry these attributes.
void check_fit(const char* what, int side, int channels,
               const std::vector<data::Attribute>& attributes, const data::Pictures& pictures);

/// The pictures of a model and who judges them.
struct EvalData {
  EvalData(const Eval& options, const models::PictureNet& model);
  EvalData(const EvalData&) = delete;
  EvalData& operator=(const EvalData&) = delete;

  data::Pictures train;
  data::Pictures test;
  std::string judge_file;
  models::Judge judge;
  std::unique_ptr<const Yardstick> yardstick;
  PictureScore floor;
};

struct EvalRow {
  std::string name;
  PictureScore score;
  double seconds = 0;  ///< of sampling
};

/// A row for each, and the floor; as many columns of accuracies as there are attributes.
void print_rows(const std::string& heading, const std::vector<EvalRow>& rows,
                const PictureScore& floor, const std::vector<data::Attribute>& attributes);

/// What every evaluation says of itself.
[[nodiscard]] io::Json json_of(const Eval& options, const EvalData& data);

/// `rivulet eval` of a model of codes, and of a TarFlow.
[[nodiscard]] int eval_codes(const Eval& options, const io::SafeTensors& file);
[[nodiscard]] int eval_tarflow(const Eval& options, const io::SafeTensors& file);

}  // namespace rivulet::cli
