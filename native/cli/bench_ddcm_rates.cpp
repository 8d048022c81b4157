// Bytes against fidelity.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "cli/bench_ddcm.h"
#include "cli/evaluation.h"
#include "cli/progress.h"
#include "formats/formats.h"
#include "rivulet/io/json.h"
#include "rivulet/metrics/fidelity.h"

namespace rivulet::cli {
namespace {

/// A picture of which nothing was lost has no PSNR; in means it counts as much as this, which is
/// more than one wrong pixel in a picture of 16x16 leaves.
constexpr double best_psnr = 60;

struct Preset {
  std::string name;
  models::DdcmSettings settings;
  models::CodeSearch search;
};

/// The ways to make a code, each of about so many bytes.
std::vector<Preset> presets_of(int bytes, int effort) {
  models::DdcmSettings tuned = models::tuned_settings(bytes);
  const models::DdcmSettings snapped = tuned;
  tuned.snap = false;
  const models::DdcmSettings plain{.codes = bytes, .rho = 1, .noise = 1, .snap = false};
  models::DdcmSettings hadamard = tuned;
  hadamard.codebook = models::CodebookKind::hadamard;
  models::DdcmSettings shared = tuned;
  shared.codebook = models::CodebookKind::shared;
  models::DdcmSettings paired = tuned;
  paired.codebook = models::CodebookKind::paired;
  models::DdcmSettings turbo = tuned;  // 4 of 256 with signs: 32 bits a step
  turbo.form = models::CodeForm::turbo;
  turbo.codes = bytes / 4;
  turbo.atoms = 4;
  models::DdcmSettings pursuit = tuned;  // 2 of 256, and 2 bits: 18 bits a step
  pursuit.form = models::CodeForm::pursuit;
  pursuit.codes = bytes * 8 / 18;
  pursuit.atoms = 2;
  return {
      {.name = "plain", .settings = plain, .search = {}},
      {.name = "tuned", .settings = tuned, .search = {}},
      {.name = "tuned, snap", .settings = snapped, .search = {}},
      {.name = fmt::format("effort {}", effort), .settings = tuned, .search = {.effort = effort}},
      {.name = fmt::format("effort {}, snap", effort),
       .settings = snapped,
       .search = {.effort = effort}},
      {.name = "turbo", .settings = turbo, .search = {}},
      {.name = "pursuit", .settings = pursuit, .search = {}},
      {.name = "hadamard", .settings = hadamard, .search = {}},
      {.name = "shared", .settings = shared, .search = {}},
      {.name = "paired", .settings = paired, .search = {}},
      {.name = "importance", .settings = tuned, .search = {.choice = models::Choice::importance}}};
}

/// Means over all pictures.
struct Row {
  std::string codec;
  std::string setting;
  bool lossless = false;
  double payload = 0;  // bytes
  double bytes = 0;    // with the header
  double psnr = 0;
  double psnr_of_mean = 0;  // of the mean error
  double exact = 0;         // share of pictures of which nothing was lost
  double ssim = 0;
  double frechet = 0;
  models::DdcmTimes seconds = {};  // of encoding a picture; 0: no code
};

class Rates {
 public:
  Rates(const DdcmBenchOptions& options, DdcmBench& bench)
      : options_(options),
        bench_(bench),
        originals_(some_of(bench.test, std::min<int64_t>(options.count(200), bench.test.count()))),
        gaussian_(bench.gaussian(originals_)) {}

  [[nodiscard]] std::vector<Row> measure() {
    std::vector<Row> rows;
    for (const int bytes : {8, 16, 32, 64, 96}) {
      for (const Preset& preset : presets_of(bytes, options_.effort)) {
        const std::string name = fmt::format("DDCM {}", preset.name);
        // Without a palette there is nothing to snap to: the row before says it all.
        const bool done = preset.settings.snap && bench_.codec.model().pictures.palette.empty();
        if (wanted(name) && !done) rows.push_back(code(name, preset));
      }
    }
    for (const formats::Format& format : formats::all(bench_.palette)) {
      if (wanted(format.name)) rows.push_back(store(format));
    }
    return rows;
  }
  [[nodiscard]] int64_t pictures() const { return originals_.count(); }

 private:
  [[nodiscard]] bool wanted(const std::string& name) const {
    return name.find(options_.only) != std::string::npos;
  }

  /// What is left of the pictures.
  void compare(const std::vector<uint8_t>& pixels, Row& row) {
    const auto d = static_cast<size_t>(originals_.numel());
    const auto n = static_cast<double>(originals_.count());
    double error = 0;
    for (int64_t i = 0; i < originals_.count(); ++i) {
      const auto copy = std::span(pixels).subspan(static_cast<size_t>(i) * d, d);
      const auto picture = originals_.picture(i);
      const double own = metrics::mean_squared_error(picture, copy);
      error += own / n;
      row.psnr += std::min(metrics::psnr_of(own), best_psnr) / n;
      row.exact += (own == 0 ? 1 : 0) / n;
      row.ssim += metrics::ssim(picture, copy, originals_.side, originals_.channels) / n;
    }
    row.psnr_of_mean = std::min(metrics::psnr_of(error), best_psnr);
    row.frechet = metrics::frechet_distance(bench_.gaussian(bench_.like_test(pixels)), gaussian_);
  }

  Row code(const std::string& name, const Preset& preset) {
    const std::string what = fmt::format("{}, {} codes", name, preset.settings.codes);
    const auto n = static_cast<double>(originals_.count());
    const models::DdcmTimes before = bench_.codec.times();
    const std::vector<models::DdcmFile> files = [&] {
      Status status(what);
      return bench_.codec.encode(originals_.pixels, preset.settings, {}, preset.search,
                                 [&](int step, int steps) { status.show(step, steps); });
    }();
    const models::DdcmTimes& after = bench_.codec.times();
    Row row{.codec = name,
            .setting = fmt::format("{} codes of {} bits", preset.settings.codes,
                                   models::code_bits(preset.settings) / preset.settings.codes),
            .seconds = {.network = (after.network - before.network) / n,
                        .codebook = (after.codebook - before.codebook) / n,
                        .search = (after.search - before.search) / n}};
    const models::DdcmModel& model = bench_.codec.fingerprint();
    row.payload = static_cast<double>(models::ddcm_payload_bytes(files[0], model.classes));
    row.bytes = static_cast<double>(models::encode_ddcm(files[0], model).size());
    compare(bench_.codec.decode(files), row);
    return row;
  }

  Row store(const formats::Format& format) {
    Row row{.codec = format.name, .setting = format.setting, .lossless = format.lossless};
    const auto n = static_cast<double>(originals_.count());
    std::vector<uint8_t> pixels;
    for (int64_t i = 0; i < originals_.count(); ++i) {
      const formats::Stored stored = format.store({.side = originals_.side,
                                                   .channels = originals_.channels,
                                                   .pixels = originals_.picture(i)});
      row.payload += static_cast<double>(stored.payload) / n;
      row.bytes += static_cast<double>(stored.bytes) / n;
      pixels.insert(pixels.end(), stored.pixels.begin(), stored.pixels.end());
    }
    compare(pixels, row);
    return row;
  }

  const DdcmBenchOptions& options_;
  DdcmBench& bench_;
  data::Pictures originals_;
  metrics::Gaussian gaussian_;
};

void print_json(const std::vector<Row>& rows, const Rates& rates, const DdcmBench& bench) {
  io::Json list = io::Json::array();
  for (const Row& row : rows) {
    io::Json entry = {{"codec", row.codec},
                      {"setting", row.setting},
                      {"lossless", row.lossless},
                      {"payload_bytes", row.payload},
                      {"bytes", row.bytes},
                      {"psnr", row.psnr},
                      {"psnr_of_mean_error", row.psnr_of_mean},
                      {"exact", row.exact},
                      {"ssim", row.ssim},
                      {"frechet", row.frechet}};
    if (row.seconds.network > 0) entry["seconds"] = to_json(row.seconds);
    list.push_back(std::move(entry));
  }
  const io::Json json = {{"dataset", bench.codec.model().pictures.dataset},
                         {"pictures", rates.pictures()},
                         {"exact_counts_as", best_psnr},
                         {"rows", std::move(list)}};
  fmt::print("{}\n", json.dump(2));
}

void print_csv(const std::vector<Row>& rows, const DdcmBench& bench) {
  fmt::print(
      "dataset,codec,setting,payload_bytes,bytes,psnr,psnr_of_mean_error,exact,ssim,frechet,"
      "network_seconds,codebook_seconds,search_seconds\n");
  for (const Row& row : rows) {
    fmt::print(
        "{},\"{}\",\"{}\",{:.2f},{:.2f},{:.3f},{:.3f},{:.4f},{:.5f},{:.5f},{:.5f},{:.5f},{:.5f}\n",
        bench.codec.model().pictures.dataset, row.codec, row.setting, row.payload, row.bytes,
        row.psnr, row.psnr_of_mean, row.exact, row.ssim, row.frechet, row.seconds.network,
        row.seconds.codebook, row.seconds.search);
  }
}

void print_table(const std::vector<Row>& rows, const Rates& rates, const DdcmBench& bench) {
  fmt::print("{} held-out pictures of {}; means of each\n\n", rates.pictures(),
             bench.codec.model().pictures.dataset);
  fmt::print("{:<24} {:<22} {:>8} {:>8} {:>7} {:>8} {:>6} {:>7} {:>9} {:>9} {:>9} {:>9}\n", "", "",
             "payload", "bytes", "PSNR", "of mean", "exact", "SSIM", "Frechet", "network",
             "codebook", "search");
  for (const Row& row : rows) {
    fmt::print("{:<24} {:<22} {:>8.1f} {:>8.1f} {:>7.2f} {:>8.2f} {:>5.0f}% {:>7.4f} {:>9.3f}",
               row.codec, row.setting, row.payload, row.bytes, row.psnr, row.psnr_of_mean,
               100 * row.exact, row.ssim, row.frechet);
    if (row.seconds.network > 0) {
      fmt::print(" {:>6.1f} ms {:>6.1f} ms {:>6.1f} ms", 1e3 * row.seconds.network,
                 1e3 * row.seconds.codebook, 1e3 * row.seconds.search);
    }
    fmt::print("\n");
  }
  fmt::print("\nPSNR: dB, where exact pictures count as {:.0f}; of mean: of the mean error.\n",
             best_psnr);
  const auto shortest = std::ranges::min_element(
      rows, {}, [](const Row& row) { return row.lossless ? row.bytes : INFINITY; });
  if (shortest != rows.end() && shortest->lossless) {
    fmt::print("Above {:.1f} bytes nothing need be lost: {}.\n", shortest->bytes, shortest->codec);
  }
  if (formats::all({}).empty()) {
    fmt::print("This build knows no other formats: libjpeg, libwebp or zlib was missing.\n");
  }
}

}  // namespace

int run_ddcm_rates(const DdcmBenchOptions& options, DdcmBench& bench) {
  Rates rates(options, bench);
  const std::vector<Row> rows = rates.measure();
  if (options.json) {
    print_json(rows, rates, bench);
  } else if (options.csv) {
    print_csv(rows, bench);
  } else {
    print_table(rows, rates, bench);
  }
  return 0;
}

}  // namespace rivulet::cli
