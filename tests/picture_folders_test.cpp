// Picture sets as people have them: folders, archives, arrays under any usual name.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "picture_files.h"
#include "rivulet/io/png.h"
#include "temp_folder.h"

using namespace rivulet;
using namespace rivulet::data;
using test::check_refused;
using test::flat;
using test::labels;
using test::pictures;
using test::TempFolder;
using test::write_idx;
using test::write_npy;
using test::write_text;

namespace fs = std::filesystem;

TEST_SUITE_BEGIN("pictures");

TEST_CASE("arrays under every common name, with their labels") {
  const TempFolder temp;
  int made = 0;
  const auto folder_of = [&](const std::vector<std::string>& names) {
    const std::string folder = temp / ("set" + std::to_string(made++));
    fs::create_directory(folder);
    for (const std::string& name : names) {
      const bool is_labels = name.find("abel") != std::string::npos || name.front() == 'y';
      const io::ByteArray array = is_labels ? labels(20, 4) : pictures({20, 4, 4});
      const bool npy = name.find("npy") != std::string::npos;
      (npy ? write_npy : write_idx)(folder + "/" + name, array);
    }
    return folder;
  };
  for (const std::vector<std::string>& names : std::vector<std::vector<std::string>>{
           {"train-images.idx3-ubyte", "train-labels.idx1-ubyte"},
           {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte"},
           {"emnist-digits-train-images-idx3-ubyte", "emnist-digits-train-labels-idx1-ubyte"},
           {"train_images.idx3", "train_labels.idx1"},
           {"train_images.npy", "train_labels.npy"},
           {"x_train.npy", "y_train.npy"},
           {"X_train.npy", "y_train.npy"},
           {"images.npy", "labels.npy"},
           {"train.npy", "train-labels.npy"}}) {
    const std::string folder = folder_of(names);
    CAPTURE(names[0]);
    const Pictures set = load_pictures(folder);
    CHECK(set.count() == 18);
    REQUIRE(set.attributes.size() == 1);
    CHECK(set.attributes[0].values.size() == 4);
    CHECK(set.labels_of(10)[0] == 11 % 4);  // 9 is held out
    CHECK(load_pictures(folder + "/" + names[0]).labels == set.labels);
  }
  const std::string parts = folder_of({"x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy"});
  CHECK(load_pictures(parts).count() == 20);
  CHECK(load_pictures(parts, Part::test).count() == 20);
  CHECK(load_pictures(parts, Part::test).labels.size() == 20);
  const std::string several = folder_of({"a-train-images.npy", "b-train-images.npy"});
  check_refused(several, several, "holds several sets (a-train-images.npy and b-train-images.npy)");
}

TEST_CASE("npz: pictures and labels by their names, with parts and without") {
  const TempFolder temp;
  const std::string file = temp / "mnist.npz";
  const auto save = [&](const std::vector<std::pair<std::string, io::Bytes>>& arrays) {
    io::write_file(file, test::zip_of(arrays));
  };
  const auto npy = [](const io::ByteArray& array) { return io::npy_bytes(array); };
  save({{"x_test.npy", npy(pictures({5, 4, 4}))},
        {"x_train.npy", npy(pictures({20, 4, 4}))},
        {"y_train.npy", npy(labels(20, 2))},
        {"y_test.npy", npy(labels(5, 3))}});
  const Pictures train = load_pictures(file);
  CHECK(train.name == "mnist");
  CHECK(train.count() == 20);
  CHECK(load_pictures(file, Part::test).count() == 5);
  // Both parts have the labels of either.
  CHECK(train.attributes[0].values.size() == 3);
  CHECK(load_pictures(file, Part::test).attributes == train.attributes);
  save({{"arr_0.npy", npy(pictures({20, 3, 4, 4}))}, {"arr_1.npy", npy(labels(20, 2))}});
  CHECK(load_pictures(file).channels == 3);
  CHECK(load_pictures(file).labels.size() == 18);
  save({{"weights.npy", npy(labels(3, 2))}});
  check_refused(file, "mnist.npz", "an array (3), not pictures");
  save({{"labels.npy", npy(labels(3, 2))}});
  check_refused(file, "mnist.npz", "an archive of labels.npy, none of which is pictures");
  save({});
  check_refused(file, "mnist.npz", "an archive of nothing");
  write_text(temp / "cut.npz", "PK\3\4 and no more");
  check_refused(temp / "cut.npz", "cut.npz", "cut off");
}

TEST_CASE("channels first or last, where the shape tells") {
  const TempFolder temp;
  io::ByteArray first{.shape = {10, 3, 2, 2}, .values = {}};
  for (int i = 0; i < 10; ++i) {
    for (const int value : {1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24}) {
      first.values.push_back(static_cast<uint8_t>(value));
    }
  }
  write_npy(temp / "first.npy", first);
  const Pictures set = load_pictures(temp / "first.npy");
  CHECK(set.channels == 3);
  CHECK(set.side == 2);
  CHECK(std::ranges::equal(set.picture(0),
                           std::vector<uint8_t>{1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 24}));
  write_npy(temp / "grey.npy", pictures({10, 1, 5, 5}));
  CHECK(load_pictures(temp / "grey.npy").channels == 1);
  CHECK(load_pictures(temp / "grey.npy").side == 5);
}

TEST_CASE("folders as people have them") {
  const TempFolder temp;
  const std::string folder = temp / "set";
  const auto add = [&](const std::string& path, uint8_t level = 10) {
    fs::create_directories(fs::path(folder + "/" + path).parent_path());
    io::save_png(folder + "/" + path, flat(4, 4, {level, 0, 0}));
  };
  SUBCASE("parts are understood, and have the classes of both in natural order") {
    add("train/class10/a.png");
    add("train/class2/a.png", 20);
    add("test/class2/b.png", 30);
    add("test/class1/c.png", 40);
    const Pictures train = load_pictures(folder);
    CHECK(train.name == "set");
    CHECK(train.attributes[0].values == std::vector<std::string>{"class1", "class2", "class10"});
    CHECK(train.labels == std::vector<uint8_t>{1, 2});
    const Pictures test = load_pictures(folder, Part::test);
    CHECK(test.attributes == train.attributes);
    CHECK(test.labels == std::vector<uint8_t>{0, 1});
    CHECK(test.picture(0)[0] == 40);
    // With another folder of pictures beside them they are classes.
    add("bus/d.png");
    CHECK(load_pictures(folder).attributes[0].values ==
          std::vector<std::string>{"bus", "test", "train"});
  }
  SUBCASE("a training part alone holds out every tenth") {
    for (int i = 0; i < 20; ++i)
      add("train/x/" + std::to_string(i) + ".png", static_cast<uint8_t>(i));
    CHECK(load_pictures(folder).count() == 18);
    CHECK(load_pictures(folder, Part::test).picture(0)[0] == 9);  // 9.png: in natural order
  }
  SUBCASE("loops and what cannot be followed are left out and counted") {
    add("a/1.png");
    add("b/2.png");
    fs::create_symlink("l.png", folder + "/a/l.png");
    fs::create_symlink("missing.png", folder + "/b/gone.png");
    fs::create_directory_symlink("..", folder + "/b/up");
    fs::create_directory_symlink(".", folder + "/self");
    write_text(folder + "/a/movie.gif", "GIF89a");
    const Pictures set = load_pictures(folder);
    CHECK(set.count() == 2);
    CHECK(set.attributes[0].values == std::vector<std::string>{"a", "b"});
    REQUIRE(set.notes.size() == 2);
    CHECK(set.notes[0].find("left out 4 entries, the first: ") == 0);
    CHECK(set.notes[1].find("left out a picture that is no PNG") == 0);
    CHECK(set.notes[1].find("movie.gif") != std::string::npos);
  }
  SUBCASE("pictures deep within a class are its own") {
    add("a/images/more/1.png");
    add("b/2.png");
    CHECK(load_pictures(folder).attributes[0].values == std::vector<std::string>{"a", "b"});
  }
  SUBCASE("names of any script and length; bytes that are no UTF-8 are refused by name") {
    std::string cat;
    for (int i = 0; i < 85; ++i) cat += "\xe7\x8c\xab";
    add(cat + "/1.png");
    add("b/2.png");
    CHECK(load_pictures(folder).attributes[0].values == std::vector<std::string>{"b", cat});
#if !defined(__EMSCRIPTEN__)  // whose file system has no such names
    fs::rename(folder + "/b", folder + "/caf\xe9");
    check_refused(folder, "caf\\xE9", "no UTF-8, and names are kept with the weights: rename it");
    fs::rename(folder, temp / "set\xff");
    check_refused(temp / "set\xff", "set\\xFF", "no UTF-8");
#endif
  }
  SUBCASE("pictures of other formats are named as such, with the way out") {
    fs::create_directory(folder);
    write_text(folder + "/a.JPG", "\xff\xd8\xff\xe0");
    check_refused(folder, "a.JPG", "is no PNG: others become PNG by: mogrify -format png *.jpg");
    fs::rename(folder + "/a.JPG", folder + "/a.png");
    check_refused(folder, "a.png", "it is a JPEG picture, not a PNG picture; others become PNG by");
  }
  SUBCASE("damaged pictures are named") {
    add("a/1.png");
    add("b/2.png");
    io::Bytes file = io::read_file(folder + "/a/1.png");
    file[45] ^= std::byte{4};
    io::write_file(folder + "/a/1.png", file);
    check_refused(folder, "a/1.png", "chunk IDAT does not fit its checksum");
  }
}

TEST_SUITE_END();
