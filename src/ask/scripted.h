// ScriptedAnswerer: answers from a map, for tests of whatever asks.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ask/ask.h"

namespace lingshu {

// An error wins over a text of the same id; a request whose id is in neither map gets `otherwise`, or a kError answer
// when that is empty. Example: ScriptedAnswerer teacher({{"a", "yes"}}, {{"b", "HTTP 500"}});
class ScriptedAnswerer : public Answerer {
 public:
  using Script = std::map<std::string, std::string>;
  explicit ScriptedAnswerer(Script texts, Script errors = Script(), std::string otherwise = "")
      : texts_(std::move(texts)), errors_(std::move(errors)), otherwise_(std::move(otherwise)) {}

  std::string Name() const override { return "scripted"; }
  void Ask(const std::vector<Request>& requests, const AnswerSink& sink) override;

  // Every request so far, in order.
  const std::vector<Request>& asked() const { return asked_; }

 private:
  Script texts_, errors_;
  std::string otherwise_;
  std::vector<Request> asked_;
};

}  // namespace lingshu
