#include "cli/command.h"

#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <type_traits>
#include <utility>

namespace rivulet::cli {

namespace {

/// A number within limits; one that is no number at all is in none.
template <class T>
CLI::Validator within(T low, T high) {
  return {[low, high](const std::string& text) {
            T value{};
            const bool number = CLI::detail::lexical_cast(text, value);
            if (number && value >= low && value <= high) return std::string();
            return fmt::format("'{}' is not {} of {}..{}", text,
                               std::is_integral_v<T> ? "a whole number" : "a number", low, high);
          },
          fmt::format("{}..{}", low, high)};
}

/// Of these words, all of which a message lists.
CLI::Validator one_of_these(const std::vector<std::string>& words) {
  return {[words](const std::string& text) {
            if (std::ranges::find(words, text) != words.end()) return std::string();
            return fmt::format("there is no '{}', only {}", text, fmt::join(words, ", "));
          },
          ""};
}

/// A word in the place of a command that is none: its name, and where it stands.
std::optional<std::string> unknown_command(const CLI::App& program, int argc, char** argv) {
  const CLI::App* at = &program;
  std::string path = program.get_name();
  for (int i = 1; i < argc; ++i) {
    const auto commands = at->get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty() || argv[i][0] == '-') return std::nullopt;
    const auto found = std::ranges::find_if(
        commands, [&](const CLI::App* one) { return one->check_name(argv[i]); });
    if (found == commands.end()) {
      std::vector<std::string> names;
      names.reserve(commands.size());
      for (const CLI::App* one : commands) names.push_back(one->get_name());
      return fmt::format("{}: there is no '{}', only {}", path, argv[i], fmt::join(names, ", "));
    }
    at = *found;
    path += " " + at->get_name();
  }
  return std::nullopt;
}

}  // namespace

Option Option::type_name(const std::string& name) const {
  option_->type_name(name);
  return *this;
}

Option Option::required(bool yes) const {
  option_->required(yes);
  return *this;
}

Option Option::capture_default_str() const {
  option_->capture_default_str();
  return *this;
}

Option Option::default_str(const std::string& text) const {
  option_->default_str(text);
  return *this;
}

Option Option::expected(int count) const {
  option_->expected(count);
  return *this;
}

Option Option::expected(int least, int most) const {
  option_->expected(least, most);
  return *this;
}

Option Option::take_all() const {
  option_->take_all();
  return *this;
}

Option Option::delimiter(char separator) const {
  option_->delimiter(separator);
  return *this;
}

Option Option::excludes(Option other) const {
  option_->excludes(other.option_);
  return *this;
}

Option Option::hidden() const {
  option_->group("");
  return *this;
}

Option Option::between(int64_t low, int64_t high) const {
  option_->check(within(low, high));
  return *this;
}

Option Option::between(double low, double high) const {
  option_->check(within(low, high));
  return *this;
}

Option Option::one_of(const std::vector<std::string>& words) const {
  option_->check(one_of_these(words).description(""));
  return *this;
}

Option Option::one_of_shown(const std::vector<std::string>& words) const {
  option_->check(one_of_these(words).description(fmt::format("{{{}}}", fmt::join(words, ","))));
  return *this;
}

Option Option::checked(std::function<std::string(const std::string& text)> trouble) const {
  option_->check(CLI::Validator([trouble](const std::string& text) { return trouble(text); }, ""));
  return *this;
}

bool Option::given() const { return option_->count() > 0; }
std::string Option::name() const { return option_->get_name(); }
std::string Option::text() const { return option_->as<std::string>(); }

Command Command::add_subcommand(const std::string& name, const std::string& help) const {
  return Command(app_->add_subcommand(name, help));
}

void Command::require_subcommand() const { app_->require_subcommand(1); }

template <class T>
Option Command::add_option(const std::string& name, T& value, const std::string& help) const {
  return Option(app_->add_option(name, value, help));
}

Option Command::add_flag(const std::string& name, bool& value, const std::string& help) const {
  return Option(app_->add_flag(name, value, help));
}

void Command::callback(std::function<void()> then) const { app_->callback(std::move(then)); }

std::string Command::name() const { return app_->get_name(); }

CommandLine::CommandLine(const std::string& program, const std::string& help)
    : app_(std::make_unique<CLI::App>(help, program)) {
  app_->require_subcommand(1);
  app_->set_version_flag("--version", program + " " RIVULET_VERSION);
  app_->get_formatter()->column_width(34);
}

CommandLine::~CommandLine() = default;

Command CommandLine::program() const { return Command(app_.get()); }

std::optional<int> CommandLine::parse(int argc, char** argv) {
  if (const auto unknown = unknown_command(*app_, argc, argv)) {
    fmt::print(stderr, "{}\nRun with --help for more information.\n", *unknown);
    return 2;
  }
  try {
    app_->parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return app_->exit(error) == 0 ? 0 : 2;  // 0: --help
  } catch (const UsageError& error) {
    app_->exit(CLI::ValidationError(error.what()));
    return 2;
  }
}

// What an option's value can be.
using Text = const std::string&;
template Option Command::add_option(Text, int&, Text) const;
template Option Command::add_option(Text, uint32_t&, Text) const;
template Option Command::add_option(Text, int64_t&, Text) const;
template Option Command::add_option(Text, uint64_t&, Text) const;
template Option Command::add_option(Text, float&, Text) const;
template Option Command::add_option(Text, double&, Text) const;
template Option Command::add_option(Text, std::string&, Text) const;
template Option Command::add_option(Text, std::optional<int>&, Text) const;
template Option Command::add_option(Text, std::optional<int64_t>&, Text) const;
template Option Command::add_option(Text, std::optional<uint64_t>&, Text) const;
template Option Command::add_option(Text, std::optional<float>&, Text) const;
template Option Command::add_option(Text, std::optional<std::string>&, Text) const;
template Option Command::add_option(Text, std::vector<int>&, Text) const;
template Option Command::add_option(Text, std::vector<std::string>&, Text) const;

}  // namespace rivulet::cli
