// rivulet data
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <numeric>
#include <optional>

#include "cli/avatars.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/sets.h"
#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/data/atlas.h"
#include "rivulet/io/json.h"

namespace rivulet::cli {
namespace {

struct Selection {
  std::string path;
  std::string part = "test";
  std::optional<int64_t> n;  // default: 64, or all where there are fewer
  std::optional<uint64_t> seed;
  std::optional<int> columns;
  std::string out;

  void add(Command command) {
    command.add_option("path", path, "A folder or a file of pictures").type_name("PATH").required();
    command.add_option("--out", out, "The PNG to write").type_name("FILE").required();
    command.add_option("--part", part, "Which pictures: train or test")
        .type_name("NAME")
        .one_of({"train", "test"})
        .capture_default_str();
    command.add_option("--n", n, "How many of them")
        .type_name("N")
        .between(int64_t{1}, int64_t{1} << 20)
        .default_str("64, or all where there are fewer");
    command.add_option("--seed", seed, "Choose them by chance, instead of the first")
        .type_name("N");
    command.add_option("--columns", columns, "Pictures in a row (default: a square)")
        .type_name("N")
        .between(1, io::max_picture_side);
  }

  /// n different pictures.
  [[nodiscard]] data::Pictures load() const {
    const data::Pictures set =
        load_set(path, {}, part == "test" ? data::Part::test : data::Part::train);
    const int64_t chosen = n.value_or(std::min<int64_t>(64, set.count()));
    if (chosen > set.count()) {
      fail("data",
           fmt::format("{} pictures of {} in the {} part of {}: --n {} shows all, --part {} "
                       "the others",
                       chosen, set.count(), part, path, set.count(),
                       part == "test" ? "train" : "test"));
    }
    std::vector<int64_t> order(static_cast<size_t>(set.count()));
    std::iota(order.begin(), order.end(), 0);
    if (seed) {
      Rng rng(*seed);
      for (size_t i = 0; i < static_cast<size_t>(chosen); ++i) {
        std::swap(order[i], order[i + rng.below(static_cast<uint32_t>(order.size() - i))]);
      }
    }
    return selected(set, std::span(order).first(static_cast<size_t>(chosen)));
  }

  [[nodiscard]] int pictures_in_a_row(const data::Pictures& set) const {
    int side = 1;
    while (int64_t{side} * side < set.count()) ++side;
    return columns.value_or(side);
  }
};

void add_make(Command data, Action& action) {
  const Command make = data.add_subcommand("make", "Makes a set that is drawn, not downloaded");
  make.require_subcommand();
  const Command command = make.add_subcommand(
      "avatars", "Faces of 16 x 16 pixels with seven labels (needs Node and, once, its npm)");
  const auto options = std::make_shared<AvatarOptions>();
  command.add_option("--out", options->out, "The folder to fill").type_name("PATH").required();
  command.add_option("--seed", options->seed, "Of everything that is drawn")
      .type_name("N")
      .capture_default_str();
  command.add_option("--count", options->count, "Pictures to learn from")
      .type_name("N")
      .between(1, 1000000)
      .capture_default_str();
  command
      .add_option("--held-out", options->held_out,
                  "Pictures to test with, whose labels do not occur together in the others")
      .type_name("N")
      .between(1, 100000)
      .capture_default_str();
  command.callback([options, &action] { action = [options] { return make_avatars(*options); }; });
}

io::Json describe(const data::Pictures& set) {
  io::Json attributes = io::Json::array();
  for (size_t k = 0; k < set.attributes.size(); ++k) {
    const auto& [name, values] = set.attributes[k];
    std::vector<int64_t> counts(values.size());
    for (int64_t i = 0; i < set.count(); ++i) ++counts[set.labels_of(i)[k]];
    attributes.push_back({{"name", name}, {"values", values}, {"counts", counts}});
  }
  return {{"count", set.count()}, {"attributes", attributes}};
}

int print_info(const std::string& path, bool json) {
  const data::Pictures train = load_set(path, {});
  const data::Pictures test = load_set(path, {}, data::Part::test);
  if (json) {
    const io::Json report = {{"name", train.name},
                             {"side", train.side},
                             {"channels", train.channels},
                             {"train", describe(train)},
                             {"test", describe(test)}};
    fmt::print("{}\n", report.dump(2));
    return 0;
  }
  // Of fewer than ten without parts of their own, none are held out: both parts are all of them.
  const bool held_out = train.count() >= 10 || train.pixels != test.pixels;
  fmt::print("{}: {} pictures to learn from and {} held out, {} x {} {}\n", train.name,
             train.count(), held_out ? test.count() : 0, train.side, train.side,
             train.channels == 1 ? "grey" : "RGB");
  for (const auto& [name, values] : train.attributes) {
    fmt::print("{:<14} {:>3}  {}\n", name, values.size(), fmt::join(values, ", "));
  }
  return 0;
}

void add_data_info(Command data, Action& action) {
  const Command command = data.add_subcommand("info", "Size, parts and labels of a set");
  const auto path = std::make_shared<std::string>();
  const auto json = std::make_shared<bool>(false);
  command.add_option("path", *path, "A folder or a file of pictures").type_name("PATH").required();
  command.add_flag("--json", *json, "As JSON, with the number of pictures of each label");
  command.callback(
      [path, json, &action] { action = [path, json] { return print_info(*path, *json); }; });
}

void add_sheet(Command data, Action& action) {
  struct Sheet {
    Selection selection;
    int zoom = 4;
  };
  const Command command =
      data.add_subcommand("sheet", "Pictures of a set side by side, to look at");
  const auto options = std::make_shared<Sheet>();
  options->selection.add(command);
  command.add_option("--zoom", options->zoom, "Pixels of the sheet for one of a picture")
      .type_name("N")
      .between(1, 64)
      .capture_default_str();
  command.callback([options, &action] {
    action = [options] {
      const data::Pictures set = options->selection.load();
      io::save_png(options->selection.out,
                   data::contact_sheet(set.pixels, set.side, set.channels,
                                       options->selection.pictures_in_a_row(set), options->zoom,
                                       options->zoom));
      return 0;
    };
  });
}

void add_atlas(Command data, Action& action) {
  const Command command = data.add_subcommand(
      "atlas", "Pictures of a set as the app ships them: FILE.png, and FILE.json with the labels");
  const auto selection = std::make_shared<Selection>();
  selection->add(command);
  command.callback([selection, &action] {
    action = [selection] {
      if (!selection->out.ends_with(".png")) throw UsageError("--out", "has to end in .png");
      const data::Pictures set = selection->load();
      const data::Atlas atlas = data::to_atlas(set, selection->pictures_in_a_row(set));
      io::write_file(selection->out, atlas.sheet);
      io::write_file(selection->out.substr(0, selection->out.size() - 4) + ".json",
                     std::as_bytes(std::span(atlas.json)));
      return 0;
    };
  });
}

}  // namespace

void add_data(Command app, Action& action) {
  const Command data =
      app.add_subcommand("data", "Makes sets of pictures, and shows what is in them");
  data.require_subcommand();
  add_make(data, action);
  add_data_info(data, action);
  add_sheet(data, action);
  add_atlas(data, action);
}

}  // namespace rivulet::cli
