// rivulet export
#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/kinds.h"
#include "cli/options.h"
#include "rivulet/core/error.h"
#include "rivulet/io/card.h"
#include "rivulet/io/onnx.h"
#include "rivulet/models/inputs.h"
#include "rivulet/models/kind.h"
#include "rivulet/models/pictures.h"
#include "rivulet/nn/mlp2d.h"
#include "rivulet/train/flow2d.h"

namespace rivulet::cli {
namespace {

struct Export {
  std::string model;
  std::string onnx;
  int batch = 1;
};

/// Inputs x [B,2]; t and d [1,1], for all rows; output v.
void build_plane(Graph& graph, const io::SafeTensors& file, int batch) {
  const train::Flow2dConfig config = train::flow2d_config(file);
  nn::Params params(graph, config.seed);
  const Value x = graph.input(models::input::x, {batch, 2});
  const Value t = graph.input(models::input::t, {1, 1});
  const Value d = graph.input(models::input::d, {1, 1});
  graph.output("v", nn::mlp2d({.width = config.width, .depth = config.depth}, params, x, t, d));
}

/// Inputs x, t, d, guidance and, of a model with attributes, labels; output v.
void build_pictures(Graph& graph, const io::SafeTensors& file, int batch) {
  const nn::DitConfig net = models::picture_net(file.metadata).net;
  nn::Params params(graph, 1);
  nn::MoeTrace trace{.dispatch = nn::Dispatch::dense};  // ONNX has no products of groups
  graph.output("v", nn::dit(net, params, models::picture_inputs(graph, net, batch), &trace));
}

/// Inputs z [B,D], noise, and, of a model with attributes, labels; output picture [B,D].
void build_student(Graph& graph, const io::SafeTensors& file, int batch) {
  const nn::DitConfig net = models::picture_net(file.metadata).net;
  nn::Params params(graph, 1);
  const Value noise = graph.input("z", {batch, net.pixels()});
  graph.output("picture", models::one_step_pictures(
                              net, params, noise, models::labels_input(graph, batch, net.classes)));
}

int run(const Export& options) {
  const io::SafeTensors file =
      load_model(options.model, "export",
                 {models::ModelKind::plane_flow, models::ModelKind::picture_flow,
                  models::ModelKind::diffusion});
  const models::ModelKind kind = models::kind_of(file.metadata);
  Graph graph;
  switch (kind) {
    case models::ModelKind::plane_flow:
      build_plane(graph, file, options.batch);
      break;
    case models::ModelKind::picture_flow:
      (models::picture_model(file).one_step ? build_student : build_pictures)(graph, file,
                                                                              options.batch);
      break;
    case models::ModelKind::diffusion:
      build_pictures(graph, file, options.batch);
      break;
    default:
      fail("export", fmt::format("cannot export a model of kind '{}'", models::name_of(kind)));
  }
  const io::Bytes bytes = io::to_onnx(graph, file);
  io::write_file(options.onnx, bytes);
  fmt::print(stderr, "saved {}: {} bytes, inputs of {} rows\n", options.onnx, bytes.size(),
             options.batch);
  return 0;
}

}  // namespace

void add_export(Command app, Action& action) {
  const Command command = app.add_subcommand("export", "Write a model for other programs");
  const auto options = std::make_shared<Export>();
  // One option of two values: what is read, and what is written.
  const auto files = std::make_shared<std::vector<std::string>>();
  command.add_option("--onnx", *files, "Weights, and the ONNX file to write")
      .type_name("FILE OUT.onnx")
      .expected(2)
      .required();
  command.add_option("--batch", options->batch, "Rows that the exported network takes at once")
      .type_name("N")
      .between(1, 4096)
      .capture_default_str();
  command.callback([options, files, &action] {
    options->model = files->at(0);
    options->onnx = files->at(1);
    action = [options] { return run(*options); };
  });
}

}  // namespace rivulet::cli
