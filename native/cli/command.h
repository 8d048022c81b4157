// The grammar of the command line: commands, and what may be given to them. CLI11 does the parsing
// and is included by command.cpp alone: a file that includes it takes five seconds more to compile.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace rivulet::cli {

/// What was given makes no sense together: the exit code is 2.
class UsageError : public std::runtime_error {
 public:
  /// `name`: of the option at fault, or of the command.
  UsageError(const std::string& name, const std::string& why)
      : std::runtime_error(name + ": " + why) {}
};

/// An option (or a flag, or an argument without a name) of a command: a handle, as small as a
/// pointer, good for as long as the CommandLine lives.
class Option {
 public:
  Option() = default;
  explicit Option(CLI::Option* option) : option_(option) {}

  // ---- Describing it: each returns the option itself
  Option type_name(const std::string& name) const;  ///< what the help shows for a value: N, FILE
  Option required(bool yes = true) const;
  Option capture_default_str() const;  ///< the help shows the value that the variable has now
  Option default_str(const std::string& text) const;
  Option expected(int count) const;
  Option expected(int least, int most) const;
  Option take_all() const;                 ///< may be given again, for a list
  Option delimiter(char separator) const;  ///< a list in one word
  Option excludes(Option other) const;
  Option hidden() const;  ///< not in the help: an old spelling
  /// A number from `low` to `high`; the help shows "low..high".
  Option between(int64_t low, int64_t high) const;
  Option between(double low, double high) const;
  Option between(int low, int high) const { return between(int64_t{low}, int64_t{high}); }
  /// One of these words, which the text of the help lists.
  Option one_of(const std::vector<std::string>& words) const;
  /// One of these words, which the text of the help does not list: they stand behind the option.
  Option one_of_shown(const std::vector<std::string>& words) const;
  /// One of the names in a table.
  template <class Value>
  Option one_of(const std::map<std::string, Value>& table) const {
    return one_of(names_of(table));
  }
  template <class Value>
  Option one_of_shown(const std::map<std::string, Value>& table) const {
    return one_of_shown(names_of(table));
  }
  /// Whatever `trouble` has nothing to say of.
  Option checked(std::function<std::string(const std::string& text)> trouble) const;

  // ---- After parsing
  [[nodiscard]] bool given() const;
  [[nodiscard]] std::string name() const;  ///< with its dashes
  [[nodiscard]] std::string text() const;  ///< the value as it was given

 private:
  template <class Value>
  static std::vector<std::string> names_of(const std::map<std::string, Value>& table) {
    const auto names = std::views::keys(table);
    return {names.begin(), names.end()};
  }

  CLI::Option* option_ = nullptr;
};

/// A command, or the program itself: a handle like Option.
class Command {
 public:
  explicit Command(CLI::App* app) : app_(app) {}

  Command add_subcommand(const std::string& name, const std::string& help) const;
  void require_subcommand() const;  ///< one, exactly
  /// What is given is written to `value`, which has to live as long. T: see the end of command.cpp.
  template <class T>
  Option add_option(const std::string& name, T& value, const std::string& help) const;
  Option add_flag(const std::string& name, bool& value, const std::string& help) const;
  /// Called when the command was chosen and all of it is parsed.
  void callback(std::function<void()> then) const;
  [[nodiscard]] std::string name() const;

 private:
  CLI::App* app_;
};

class CommandLine {
 public:
  CommandLine(const std::string& program, const std::string& help);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  [[nodiscard]] Command program() const;
  /// Parses and calls back. Returns the exit code where there is nothing to do: 0 after --help, 2
  /// after bad usage, which was explained on stderr. Other exceptions of callbacks pass through.
  [[nodiscard]] std::optional<int> parse(int argc, char** argv);

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace rivulet::cli
