#include <doctest/doctest.h>

#include <filesystem>
#include <limits>

#include "byte_files.h"
#include "picture_files.h"
#include "rivulet/data/atlas.h"
#include "rivulet/data/labels.h"
#include "rivulet/data/picture_sets.h"
#include "rivulet/data/pictures.h"
#include "rivulet/io/idx.h"
#include "rivulet/io/npy.h"
#include "temp_folder.h"

using namespace rivulet;
using namespace rivulet::data;
using test::bytes_of;
using test::check_refused;
using test::flat;
using test::labels;
using test::pictures;
using test::refusal;
using test::TempFolder;
using test::write_idx;
using test::write_npy;
using test::write_text;

namespace {

namespace fs = std::filesystem;

const std::vector<Attribute> hair_and_hat{{.name = "hair", .values = {"short", "long"}},
                                          {.name = "hat", .values = {"none", "cap", "bowler"}}};

Pictures small_set() {
  Pictures set{.name = "small",
               .side = 2,
               .channels = 3,
               .pixels = {},
               .attributes = hair_and_hat,
               .labels = {0, 0, 1, 2, 0, 1, 1, 0, 0, 2}};
  for (int i = 0; i < 5 * 12; ++i) set.pixels.push_back(static_cast<uint8_t>(4 * i));
  return set;
}

}  // namespace

TEST_SUITE_BEGIN("pictures");

TEST_CASE("pictures as the models see them, and back") {
  std::vector<uint8_t> bytes(256);
  for (size_t i = 0; i < 256; ++i) bytes[i] = static_cast<uint8_t>(i);
  std::vector<float> x(256);
  to_model(bytes, x);
  CHECK(x.front() == -1.0F);
  CHECK(x.back() == 1.0F);
  std::vector<uint8_t> back(256);
  to_pixels(x, back);
  CHECK(back == bytes);
  const std::vector<float> wild{-7.0F,
                                7.0F,
                                std::numeric_limits<float>::quiet_NaN(),
                                std::numeric_limits<float>::infinity(),
                                0.4999F / 127.5F - 1.0F,
                                0.5001F / 127.5F - 1.0F};
  back.resize(wild.size());
  to_pixels(wild, back);
  CHECK(back == std::vector<uint8_t>{0, 255, 0, 255, 0, 1});
  CHECK_THROWS_AS(to_model(bytes, std::span(x).first(255)), Error);
  CHECK_THROWS_AS(to_pixels(x, std::span(bytes).first(255)), Error);
}

TEST_CASE("contact sheet: places, zoom, gaps and what the last row lacks") {
  const std::vector<uint8_t> grey{10, 20, 30};  // three pictures of one pixel
  const io::Image sheet = contact_sheet(grey, 1, 1, 2, 2, 1);
  CHECK(sheet.width == 5);
  CHECK(sheet.height == 5);
  const auto pixel = [&](int x, int y) {
    return sheet.pixels[static_cast<size_t>((y * 5 + x) * 3)];
  };
  CHECK(pixel(0, 0) == 10);
  CHECK(pixel(1, 1) == 10);
  CHECK(pixel(2, 0) == 255);
  CHECK(pixel(3, 0) == 20);
  CHECK(pixel(0, 2) == 255);
  CHECK(pixel(1, 4) == 30);
  CHECK(pixel(4, 4) == 255);
  CHECK_THROWS_AS((void)contact_sheet(grey, 2, 1, 2), Error);
  CHECK_THROWS_AS((void)contact_sheet({}, 1, 1, 2), Error);
  CHECK_THROWS_AS((void)contact_sheet(grey, 1, 1, 0), Error);
  CHECK_THROWS_AS((void)contact_sheet(grey, 1, 2, 1), Error);
  CHECK_THROWS_AS((void)contact_sheet(grey, 1, 1, 3, 2000), Error);
  CHECK_THROWS_AS((void)contact_sheet(grey, 1, 1, std::numeric_limits<int>::max(),
                                      std::numeric_limits<int>::max()),
                  Error);
}

TEST_CASE("a sheet cut apart gives its pictures") {
  const Pictures set = small_set();
  const Pictures cut = cut_sheet(contact_sheet(set.pixels, 2, 3, 5), 2, 3);
  CHECK(cut.pixels == set.pixels);
  CHECK(cut.count() == 5);
  const Pictures padded = cut_sheet(contact_sheet(set.pixels, 2, 3, 3), 2, 3);
  CHECK(padded.count() == 6);
  CHECK(std::ranges::equal(padded.picture(4), set.picture(4)));
  CHECK(std::ranges::all_of(padded.picture(5), [](uint8_t value) { return value == 255; }));
  const std::vector<uint8_t> grey{1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(cut_sheet(contact_sheet(grey, 2, 1, 1), 2, 1).pixels == grey);
  for (const int side : {0, 3, 8, -2}) {
    CAPTURE(side);
    CHECK_THROWS_AS((void)cut_sheet(contact_sheet(set.pixels, 2, 3, 5), side, 3), Error);
  }
  CHECK_THROWS_AS((void)cut_sheet(contact_sheet(set.pixels, 2, 3, 5), 2, 2), Error);
}

TEST_CASE("channels: grey is luminance, and what is transparent lies on white") {
  const auto converted = [](std::vector<uint8_t> from, int channels) {
    std::vector<uint8_t> to(static_cast<size_t>(channels));
    convert_pixels(from, static_cast<int>(from.size()), to, channels);
    return to;
  };
  CHECK(converted({7}, 3) == std::vector<uint8_t>{7, 7, 7});
  CHECK(converted({200, 200, 200}, 1) == std::vector<uint8_t>{200});
  CHECK(converted({255, 0, 0}, 1) == std::vector<uint8_t>{77});
  CHECK(converted({9, 8, 7, 255}, 3) == std::vector<uint8_t>{9, 8, 7});
  CHECK(converted({9, 8, 7, 0}, 3) == std::vector<uint8_t>{255, 255, 255});
  CHECK(converted({0, 100, 200, 128}, 3) == std::vector<uint8_t>{127, 177, 227});
}

TEST_CASE("known picture sets are found by name") {
  for (size_t i = 0; i < picture_sets.size(); ++i) {
    CHECK(find_picture_set(picture_sets[i].name) == &picture_sets[i]);
    CHECK(picture_set_names[i] == picture_sets[i].name);
  }
  CHECK(find_picture_set("") == nullptr);
  CHECK(find_picture_set("avatar") == nullptr);
  CHECK(weights_file("flow", "avatars") == "flow-avatars.safetensors");
  CHECK(sheet_file("fashion", Part::test) == "fashion-test.png");
}

TEST_CASE("an atlas gives the set back") {
  const Pictures set = small_set();
  const Atlas atlas = to_atlas(set, 3);
  const Pictures back = from_atlas(atlas.sheet, atlas.json);
  CHECK(back.name == set.name);
  CHECK(back.pixels == set.pixels);
  CHECK(back.attributes == set.attributes);
  CHECK(back.labels == set.labels);

  Pictures grey{.name = "grey",
                .side = 2,
                .channels = 1,
                .pixels = {1, 2, 3, 4},
                .attributes = {},
                .labels = {}};
  const Atlas plain = to_atlas(grey, 1);
  CHECK(io::decode_png(plain.sheet).channels == 1);
  CHECK(from_atlas(plain.sheet, plain.json).pixels == grey.pixels);

  const auto refused = [&](std::string_view from, std::string_view to, std::string_view because) {
    std::string json = atlas.json;
    const size_t at = json.find(from);
    REQUIRE(at != std::string::npos);
    json.replace(at, from.size(), to);
    const std::string message = refusal([&] { (void)from_atlas(atlas.sheet, json); });
    CAPTURE(message);
    CHECK(message.find(because) != std::string::npos);
  };
  refused("\"count\":5", "\"count\":7", "7 pictures on a sheet of 6");
  refused("\"count\":5", "\"count\":0", "count is 0");
  refused("\"count\":5", "\"count\":2.5", "count is 2.5");
  refused("\"count\":5", "\"count\":\"5\"", "count is \"5\"");
  refused("\"count\":5", "\"count\":4", "10 labels for 4 pictures");
  refused("\"side\":2", "\"side\":3", "does not consist of pictures of 3 x 3");
  refused("\"side\":2", "\"side\":99999999999", "side is 99999999999");
  refused("\"channels\":3", "\"channels\":2", "channels");
  refused("\"labels\":\"", "\"labels\":\"!", "base64url");
  refused("\"bowler\"", "\"\"", "attribute 'hat' has 3 values");
  refused(",\"bowler\"", "", "picture 1 has hat 2, but there are 2 values");
  refused("{", "[", "not what is expected");
  grey.labels = {1};
  CHECK_THROWS_AS((void)to_atlas(grey, 1), Error);
}

TEST_CASE("some pictures of a set") {
  const Pictures set = small_set();
  const std::vector<int64_t> indices{3, 1};
  const Pictures some = selected(set, indices);
  CHECK(some.count() == 2);
  CHECK(std::ranges::equal(some.picture(0), set.picture(3)));
  CHECK(some.labels == std::vector<uint8_t>{1, 0, 1, 2});
  for (const int64_t beyond : {int64_t{-1}, int64_t{5}}) {
    CHECK_THROWS_AS((void)selected(set, std::span(&beyond, 1)), Error);
  }
}

TEST_CASE("a folder as the avatars' script writes it") {
  const TempFolder temp;
  const std::string folder = temp / "avatars";
  fs::create_directory(folder);
  for (const auto& [name, count] : {std::pair{"/train", 12}, {"/test", 3}}) {
    write_npy(folder + name + ".npy", pictures({count, 2, 2, 3}));
    io::ByteArray two = labels(2 * count, 2);
    two.shape = {count, 2};
    write_npy(folder + name + "-labels.npy", two);
  }
  write_text(folder + "/attributes.json", attributes_json(hair_and_hat));
  for (const std::string& path : {folder, folder + "/"}) {
    const Pictures train = load_pictures(path);
    CHECK(train.name == "avatars");
    CHECK(train.count() == 12);
    CHECK(train.side == 2);
    CHECK(train.channels == 3);
    CHECK(train.numel() == 12);
    CHECK(train.attributes == hair_and_hat);
    CHECK(train.picture(11)[5] == 11);
    CHECK(train.labels_of(11)[1] == 1);
  }
  CHECK(load_pictures(folder, Part::test).count() == 3);

  SUBCASE("where the test part is missing, every tenth picture is held out") {
    fs::remove(folder + "/test.npy");
    CHECK(load_pictures(folder).count() == 11);
    CHECK(load_pictures(folder, Part::test).picture(0)[0] == 9);
  }
  SUBCASE("labels of another count") {
    io::ByteArray more = labels(26, 2);
    more.shape = {13, 2};
    write_npy(folder + "/train-labels.npy", more);
    check_refused(folder, "train-labels.npy", "26 labels, 2 for each of 12 pictures");
  }
  SUBCASE("labels of another shape") {
    write_npy(folder + "/train-labels.npy", pictures({12, 2, 1}));
    check_refused(folder, "train-labels.npy", "an array (12,2,1), not labels [N] or [N,K]");
    write_npy(folder + "/train-labels.npy", {.shape = {12, 0}, .values = {}});
    check_refused(folder, "train-labels.npy", "(12,0), not labels");
  }
  SUBCASE("attributes of another number") {
    write_npy(folder + "/train-labels.npy", labels(12, 2));
    check_refused(folder, "attributes.json", "2 attributes, but 1 labels for each picture");
  }
  SUBCASE("a label without a meaning") {
    io::ByteArray wrong{.shape = {12, 2}, .values = std::vector<uint8_t>(24, 0)};
    wrong.values[7] = 3;
    write_npy(folder + "/train-labels.npy", wrong);
    check_refused(folder, "train-labels.npy", "picture 3 has hat 3, but there are 3 values");
  }
  SUBCASE("attributes that are no such list") {
    const std::string many = R"([{"name":"x","values":[)" + [] {
      std::string values = "\"0\"";
      for (int i = 1; i < 256; ++i) values += ",\"v\"";
      return values;
    }() + "]}]";
    for (const auto& [text, because] : std::initializer_list<std::pair<std::string, const char*>>{
             {"", "not a list like"},
             {"{", "not a list like"},
             {"{}", "are not a list"},
             {"[1]", "not a list like"},
             {R"([{"name":"x"}])", "not a list like"},
             {R"([{"name":1,"values":["a"]}])", "not a list like"},
             {R"([{"name":"","values":["a"]}])", "1 to 255, none without a name"},
             {R"([{"name":"x","values":[]}])", "'x' has 0 values"},
             {R"([{"name":"x","values":["a",""]}])", "none without a name"},
             {many, "'x' has 256 values"},
             {"\xff\xfe", "not a list like"}}) {
      CAPTURE(text);
      write_text(folder + "/attributes.json", text);
      check_refused(folder, "attributes.json", because);
    }
  }
  SUBCASE("no labels at all") {
    fs::remove(folder + "/train-labels.npy");
    CHECK(load_pictures(folder).attributes.empty());
    CHECK(load_pictures(folder).labels_of(3).empty());
  }
  SUBCASE("labels without names have those of both parts") {
    fs::remove(folder + "/attributes.json");
    write_npy(folder + "/train-labels.npy", labels(12, 3));
    write_npy(folder + "/test-labels.npy", labels(3, 2));
    const Attribute expected{.name = "class", .values = {"0", "1", "2"}};
    CHECK(load_pictures(folder).attributes == std::vector{expected});
    CHECK(load_pictures(folder, Part::test).attributes == std::vector{expected});
    io::ByteArray large = labels(12, 3);
    large.values[4] = 255;
    write_npy(folder + "/train-labels.npy", large);
    check_refused(folder, "train-labels.npy", "a label of 255 (0 to 254)");
  }
}

TEST_CASE("Fashion-MNIST, as Debian's package names it") {
  const TempFolder temp;
  const std::string folder = temp / "fashion-mnist";
  fs::create_directory(folder);
  write_idx(folder + "/train-images-idx3-ubyte.gz", pictures({30, 28, 28}));
  write_idx(folder + "/train-labels-idx1-ubyte.gz", labels(30, 10));
  write_idx(folder + "/t10k-images-idx3-ubyte", pictures({20, 28, 28}));
  write_idx(folder + "/t10k-labels-idx1-ubyte", labels(20, 10));
  const Pictures train = load_pictures(folder);
  CHECK(train.name == "fashion");
  CHECK(train.count() == 30);
  CHECK(train.channels == 1);
  REQUIRE(train.attributes.size() == 1);
  CHECK(train.attributes[0].name == "class");
  CHECK(train.attributes[0].values.size() == 10);
  CHECK(train.attributes[0].values[9] == "boot");
  const Pictures test = load_pictures(folder, Part::test);
  CHECK(test.count() == 20);
  CHECK(test.attributes == train.attributes);

  SUBCASE("one file of it, its labels beside it") {
    const std::string file = folder + "/train-images-idx3-ubyte.gz";
    CHECK(load_pictures(file).count() == 27);
    const Pictures held_out = load_pictures(file, Part::test);
    CHECK(held_out.count() == 3);
    CHECK(held_out.picture(1)[0] == 19);
    CHECK(held_out.labels_of(1)[0] == 9);
  }
  SUBCASE("damaged files are named") {
    write_text(folder + "/train-labels-idx1-ubyte.gz", "\x1f\x8b garbage that is long enough");
    check_refused(folder, "train-labels-idx1-ubyte.gz", "a way that is not known");
    io::ByteArray eleven = labels(30, 11);
    write_idx(folder + "/train-labels-idx1-ubyte.gz", eleven);
    check_refused(folder, "train-labels-idx1-ubyte.gz", "picture 10 has class 10");
    write_idx(folder + "/train-labels-idx1-ubyte.gz", labels(29, 10));
    check_refused(folder, "train-labels-idx1-ubyte.gz", "29 labels, 1 for each of 30 pictures");
    write_text(folder + "/train-images-idx3-ubyte.gz", "");
    check_refused(folder, "train-images-idx3-ubyte.gz",
                  "it is an empty file, neither an idx nor an npy file");
  }
}

TEST_CASE("one file of pictures") {
  const TempFolder temp;
  const std::string file = temp / "mine.npy";
  write_npy(file, pictures({25, 4, 4}));
  const Pictures set = load_pictures(file);
  CHECK(set.name == "mine");
  CHECK(set.count() == 23);
  CHECK(set.attributes.empty());
  CHECK(set.picture(9)[0] == 10);  // 9 is held out
  CHECK(load_pictures(file, Part::test).picture(1)[0] == 19);
  write_npy(temp / "mine-labels.npy", labels(25, 4));
  CHECK(load_pictures(file).attributes[0].values == std::vector<std::string>{"0", "1", "2", "3"});
  CHECK(load_pictures(file).labels_of(9)[0] == 10 % 4);
  fs::remove(temp / "mine-labels.npy");

  for (const auto& [shape, shown] : {std::pair{Shape{16}, "(16)"},
                                     {Shape{3, 16}, "(3,16)"},
                                     {Shape{3, 4, 5}, "(3,4,5)"},
                                     {Shape{3, 5, 4, 3}, "(3,5,4,3)"},
                                     {Shape{3, 4, 4, 4}, "(3,4,4,4)"},
                                     {Shape{1, 1025, 1025}, "(1,1025,1025)"},
                                     {Shape{1, 2, 2, 3, 1}, "(1,2,2,3,1)"}}) {
    write_npy(file, pictures(shape));
    check_refused(file, "mine.npy", std::string("an array ") + shown);
  }
  for (const Shape& shape : {Shape{0, 4, 4}, Shape{3, 0, 0}}) {
    write_npy(file, {.shape = shape, .values = {}});
    check_refused(file, "mine.npy", "not pictures [N,side,side]");
  }
  write_npy(file, pictures({9, 4, 4}));
  CHECK(load_pictures(file).count() == 9);
  const Pictures all = load_pictures(file, Part::test);
  CHECK(all.count() == 9);
  REQUIRE(all.notes.size() == 1);
  CHECK(all.notes[0] == "9 pictures are too few to hold out every tenth: all serve for both");
  write_text(file, "nothing of the kind");
  check_refused(file, "mine.npy", "neither an idx nor an npy file");
  check_refused(temp / "missing.npy", "missing.npy", "there is no such file or folder");
  check_refused("", "", "no folder and no file is given");
}

TEST_CASE("a folder of PNGs, and sub-folders as labels") {
  const TempFolder temp;
  const std::string folder = temp / "zoo";
  fs::create_directory(folder);
  check_refused(folder, "zoo", "holds no pictures");
  io::save_png(folder + "/b.png", flat(4, 4, {20}));
  io::save_png(folder + "/a.PNG", flat(4, 4, {10}));
  write_text(folder + "/notes.txt", "not a picture");
  write_text(folder + "/.hidden.png", "not a picture either");
  const Pictures grey = load_pictures(folder + "/");
  CHECK(grey.name == "zoo");
  CHECK(grey.count() == 2);
  CHECK(grey.channels == 1);
  CHECK(grey.picture(0)[0] == 10);  // sorted by name
  CHECK(grey.picture(1)[15] == 20);
  CHECK(grey.attributes.empty());

  SUBCASE("one of colour makes all RGB, and transparency lies on white") {
    io::save_png(folder + "/c.png", flat(4, 4, {1, 2, 3}));
    io::save_png(folder + "/d.png", flat(4, 4, {1, 2, 3, 0}));
    const Pictures set = load_pictures(folder);
    CHECK(set.channels == 3);
    CHECK(set.picture(0)[2] == 10);
    CHECK(set.picture(2)[2] == 3);
    CHECK(set.picture(3)[2] == 255);
  }
  SUBCASE("sub-folders are labels") {
    fs::remove(folder + "/b.png");
    fs::remove(folder + "/a.PNG");
    for (const char* name : {"/fox", "/emu", "/empty"}) fs::create_directory(folder + name);
    for (int i = 0; i < 12; ++i) {
      io::save_png(folder + "/fox/" + std::string(1, static_cast<char>('a' + i)) + ".png",
                   flat(4, 4, {100, 50, static_cast<uint8_t>(i)}));
    }
    io::save_png(folder + "/emu/one.png", flat(4, 4, {1, 2, 3}));
    const Pictures set = load_pictures(folder);
    CHECK(set.attributes == std::vector{Attribute{.name = "class", .values = {"emu", "fox"}}});
    CHECK(set.count() == 12);
    CHECK(set.labels_of(0)[0] == 0);
    CHECK(set.labels_of(1)[0] == 1);
    const Pictures held_out = load_pictures(folder, Part::test);
    CHECK(held_out.count() == 1);
    CHECK(held_out.picture(0)[2] == 8);
    CHECK(held_out.labels_of(0)[0] == 1);
    io::save_png(folder + "/stray.png", flat(4, 4, {1, 2, 3}));
    check_refused(
        folder, "zoo",
        "pictures beside the sub-folders that would name their labels (stray.png and emu)");
  }
  SUBCASE("pictures that do not fit are named") {
    io::save_png(folder + "/c.png", flat(5, 5, {10}));
    check_refused(folder, "c.png", "5 x 5 pixels, but those before it have 4 x 4");
    io::save_png(folder + "/c.png", flat(4, 5, {10}));
    check_refused(folder, "c.png", "4 x 5 pixels, not a square");
    write_text(folder + "/c.png", "no PNG");
    check_refused(folder, "c.png", "it is text, not a PNG picture");
    io::save_png(folder + "/c.png", flat(1025, 1, {10}));
    check_refused(folder, "c.png", "a picture of 1025 x 1");
  }
}

TEST_CASE("a set's fingerprint changes with every part of it") {
  const Pictures set = small_set();
  CHECK(fingerprint(set) == fingerprint(small_set()));
  Pictures other = set;
  other.pixels[7] ^= 1;
  CHECK(fingerprint(other) != fingerprint(set));
  other = set;
  std::swap(other.labels[0], other.labels[2]);
  CHECK(fingerprint(other) != fingerprint(set));
  other = set;
  other.attributes[0].values[1] = "longer";
  CHECK(fingerprint(other) != fingerprint(set));
  other = set;
  other.name = "renamed";
  CHECK(fingerprint(other) == fingerprint(set));
}

TEST_SUITE_END();
