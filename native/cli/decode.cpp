// rivulet decode
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "cli/codec.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "rivulet/io/json.h"

namespace rivulet::cli {
namespace {

struct Decode {
  std::vector<std::string> files;  // [IN.ddcm,] OUT.png
  CodecOptions codec;
  std::optional<std::string> text;
  std::optional<std::string> uuid;
  bool json = false;
};

models::DdcmFile read_code(const Decode& options, const models::DdcmModel& model) {
  if (options.uuid) return models::uuid_file(models::parse_uuid(*options.uuid));
  const io::Bytes bytes = options.text ? models::ddcm_of_text(*options.text)
                                       : io::read_file(options.files[0], models::max_ddcm_bytes);
  return models::decode_ddcm(bytes, model);
}

int run(const Decode& options) {
  // A UUID or a text that is none is told before a network is made.
  if (options.uuid) (void)models::parse_uuid(*options.uuid);
  models::PictureCodec codec = options.codec.open();
  const models::DdcmFile file = read_code(options, codec.fingerprint());
  std::vector<uint8_t> pixels;
  {
    Status status("decoded");
    pixels = codec.decode(file, [&](int step, int steps) { status.show(step, steps); });
  }
  const std::string& out = options.files.back();
  save_picture(out, codec.model(), pixels);
  if (options.json) {
    const io::Json json = {{"file", out},
                           {"settings", to_json(file.settings)},
                           {"labels", file.labels},
                           {"bits", models::code_bits(file.settings)},
                           {"seconds", to_json(codec.times())}};
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print(stderr, "saved {}: {}x{} pixels from {} bits\n", out,
               codec.model().pictures.net.side, codec.model().pictures.net.side,
               models::code_bits(file.settings));
  }
  return 0;
}

/// What options say together. Throws UsageError.
void settle(const Decode& options, bool pasted) {
  if (!pasted && options.files.size() != 2) {
    throw UsageError("decode", "needs IN.ddcm and OUT.png, or --text or --uuid and OUT.png");
  }
  if (pasted && options.files.size() != 1) {
    throw UsageError("decode", "with --text or --uuid there is one file, OUT.png");
  }
}

}  // namespace

void add_decode(Command app, Action& action) {
  const Command command =
      app.add_subcommand("decode", "The picture of a code: of a file, of a text, or of any UUID");
  const auto options = std::make_shared<Decode>();
  command.add_option("FILES", options->files, "IN.ddcm and OUT.png, or OUT.png")
      .required()
      .expected(1, 2);
  options->codec.add(command);
  Option text = command.add_option("--text", options->text, "The code, as encode --text prints it")
                    .type_name("CODE");
  Option uuid = command.add_option("--uuid", options->uuid, "Any UUID: every one is a face")
                    .type_name("UUID")
                    .excludes(text);
  command.add_flag("--json", options->json, "What it was made with, as JSON");
  command.callback([options, text, uuid, &action] {
    settle(*options, text.given() || uuid.given());
    action = [options] { return run(*options); };
  });
}

}  // namespace rivulet::cli
