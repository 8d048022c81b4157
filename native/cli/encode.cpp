// rivulet encode
#include <fmt/format.h>

#include <memory>

#include "cli/classes.h"
#include "cli/codec.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/toy.h"
#include "rivulet/core/error.h"
#include "rivulet/io/json.h"
#include "rivulet/metrics/fidelity.h"

namespace rivulet::cli {
namespace {

struct Encode {
  std::string in;
  std::string out;
  CodecOptions codec;
  CodeOptions code;
  std::vector<std::string> classes;
  std::string choice = "argmax";
  int effort = 0;
  bool text = false;
  bool uuid = false;
  bool json = false;
  models::DdcmSettings settings;
};

/// Labels of the picture: "any" where nothing is said; none where nothing is said at all.
std::vector<int> labels_of(const models::DiffusionModel& model,
                           const std::vector<std::string>& classes) {
  if (classes.empty()) return {};
  std::vector<int> labels = model.pictures.net.classes;
  for (const std::string& text : classes) {
    const ClassChoice choice = class_choice(model.pictures.attributes, text);
    labels[choice.attribute] = choice.value;
  }
  return labels;
}

struct Encoded {
  models::DdcmFile file;
  io::Bytes bytes;  // of the file
  int64_t bits = 0;
  size_t payload = 0;
  double psnr = 0;  // of what the code decodes to
  double ssim = 0;
};

Encoded encode(const Encode& options, models::PictureCodec& codec) {
  const models::DiffusionModel& model = codec.model();
  const std::vector<uint8_t> picture = load_picture(options.in, model);
  const std::vector<int> labels = labels_of(model, options.classes);
  const models::CodeSearch search{.choice = models::choice_names.read(options.choice),
                                  .effort = options.effort};
  Encoded encoded;
  {
    Status status("encoded");
    encoded.file = codec.encode(picture, options.settings, labels, search,
                                [&](int step, int steps) { status.show(step, steps); })[0];
  }
  encoded.bytes = models::encode_ddcm(encoded.file, codec.fingerprint());
  encoded.bits = models::code_bits(options.settings) +
                 (labels.empty() ? 0 : models::label_bits(model.pictures.net.classes));
  encoded.payload = models::ddcm_payload_bytes(encoded.file, model.pictures.net.classes);
  const std::vector<uint8_t> decoded = codec.decode(encoded.file);
  encoded.psnr = metrics::psnr(picture, decoded);
  encoded.ssim =
      metrics::ssim(picture, decoded, model.pictures.net.side, model.pictures.net.channels);
  return encoded;
}

void print_json(const Encode& options, const Encoded& encoded, const models::PictureCodec& codec) {
  io::Json json = {{"settings", to_json(options.settings)},
                   {"model", fmt::format("{:08x}", codec.fingerprint().hash)},
                   {"labels", encoded.file.labels},
                   {"bits", encoded.bits},
                   {"payload_bytes", encoded.payload},
                   {"psnr", shortest(static_cast<float>(encoded.psnr))},
                   {"ssim", shortest(static_cast<float>(encoded.ssim))},
                   {"seconds", to_json(codec.times())}};
  if (options.uuid) {
    json["uuid"] = models::uuid_text(models::uuid_of(encoded.file.code));
  } else {
    json["bytes"] = encoded.bytes.size();
    json["text"] = models::ddcm_text(encoded.bytes);
    if (!options.out.empty()) json["file"] = options.out;
  }
  fmt::print("{}\n", json.dump(2));
}

/// Codes that people paste go to stdout alone; what is known of them to stderr then.
void print(const Encode& options, const Encoded& encoded) {
  if (options.uuid) {
    fmt::print("{}\n", models::uuid_text(models::uuid_of(encoded.file.code)));
    fmt::print(stderr, "16 bytes, {} bits, {:.2f} dB\n", encoded.bits, encoded.psnr);
    return;
  }
  if (options.text) fmt::print("{}\n", models::ddcm_text(encoded.bytes));
  fmt::print(options.text ? stderr : stdout, "{} bytes: {} of header, {} bits of code; {:.2f} dB\n",
             encoded.bytes.size(), encoded.bytes.size() - encoded.payload, encoded.bits,
             encoded.psnr);
}

int run(const Encode& options) {
  models::PictureCodec codec = options.codec.open();
  const Encoded encoded = encode(options, codec);
  if (!options.out.empty()) io::write_file(options.out, encoded.bytes);
  if (options.json) {
    print_json(options, encoded, codec);
  } else {
    print(options, encoded);
  }
  return 0;
}

/// What options say together. Throws UsageError.
void settle(Encode& options) {
  if (options.uuid) {
    options.code.refuse("is settled for a UUID");
    if (options.text || !options.out.empty() || !options.classes.empty()) {
      throw UsageError("--uuid", "excludes --text, --class and OUT.ddcm");
    }
  } else if (!options.text && options.out.empty()) {
    throw UsageError("OUT.ddcm", "is needed, or --text, or --uuid");
  }
  options.settings = options.uuid ? models::uuid_settings() : options.code.settings();
  if (options.effort > 0 && options.settings.form != models::CodeForm::single) {
    throw UsageError("--effort", "is for the single form");
  }
  if (options.effort > 0 && options.choice != "argmax") {
    throw UsageError("--effort", "is for --choice argmax");
  }
}

}  // namespace

void add_encode(Command app, Action& action) {
  const Command command = app.add_subcommand(
      "encode", "A picture as a code of a few bytes (DDCM), as text, or as a UUID");
  const auto options = std::make_shared<Encode>();
  command
      .add_option("IN.png", options->in,
                  "The picture; its middle square, in the size that the model knows")
      .required();
  command.add_option("OUT.ddcm", options->out, "Where the code goes");
  options->codec.add(command);
  command.add_flag("--text", options->text, "Print the code as text");
  command.add_flag("--uuid", options->uuid, "Print the UUID that the picture is");
  options->code.add(command);
  command
      .add_option("--class", options->classes,
                  "Of the picture: VALUE, or ATTRIBUTE=VALUE (again for others); what is not "
                  "given is 'any'. The code holds it")
      .type_name("CLASS")
      .take_all();
  command
      .add_option("--choice", options->choice,
                  "How vectors are chosen: argmax, distance, article, importance")
      .type_name("NAME")
      .one_of(models::choice_names.list())
      .capture_default_str();
  command
      .add_option("--effort", options->effort,
                  "0: the best vector at each step; more: beam search, each twice as long")
      .type_name("N")
      .between(0, models::max_effort)
      .capture_default_str();
  command.add_flag("--json", options->json, "Results as JSON");
  command.callback([options, &action] {
    settle(*options);
    action = [options] { return run(*options); };
  });
}

}  // namespace rivulet::cli
