#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/command.h"

namespace mere::cli {
namespace {

// Every command with its flags, one a line, read off the program itself.
std::string words_of(const CLI::App& app) {
  std::string words;
  for (const CLI::App* command : app.get_subcommands({})) {
    words += "    " + command->get_name() + ") words=\"--help";
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        if (name != "help") words += " --" + name;
      }
    }
    words += "\" ;;\n";
  }
  return words;
}

std::string names_of(const CLI::App& app) {
  std::string names;
  for (const CLI::App* command : app.get_subcommands({}))
    names += (names.empty() ? "" : " ") + command->get_name();
  return names;
}

std::string bash(const CLI::App& app) {
  return "_mere() {\n"
         "  local words current=${COMP_WORDS[COMP_CWORD]}\n"
         "  case ${COMP_WORDS[1]} in\n" +
         words_of(app) +
         "  esac\n"
         "  [ \"$COMP_CWORD\" -eq 1 ] && words=\"" +
         names_of(app) +
         "\"\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\") $(compgen -f -- \"$current\"))\n"
         "}\n"
         "complete -F _mere mere\n";
}

std::string fish(const CLI::App& app) {
  std::string script;
  for (const CLI::App* command : app.get_subcommands({})) {
    const std::string& name = command->get_name();
    script += "complete -c mere -n __fish_use_subcommand -f -a " + name + " -d '" +
              command->get_description() + "'\n";
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& flag : option->get_lnames()) {
        script += "complete -c mere -n '__fish_seen_subcommand_from " + name + "' -l " + flag + "\n";
      }
    }
  }
  return script;
}

}  // namespace

void add_completion(CLI::App& app, Environment& environment, Run& chosen) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "Print a completion script for a shell");
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer("Example:\n  mere completion bash > /etc/bash_completion.d/mere");
  command->callback([&app, shell, &environment, &chosen] {
    chosen = [&app, shell, &environment] {
      std::ostream& out = environment.streams.out;
      if (*shell == "zsh") out << "autoload -U +X bashcompinit && bashcompinit\n";
      out << (*shell == "fish" ? fish(app) : bash(app));
      return 0;
    };
  });
}

}  // namespace mere::cli
