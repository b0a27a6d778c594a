// What is particular to Qwen2.5-VL on the side of text: its added tokens and its chat template, as released
// (tokenizer_config.json and chat_template.json of Qwen2.5-VL-7B-Instruct).
#pragma once

#include <string>
#include <vector>

namespace lingshu {

struct NamedToken {
  const char* content;
  bool is_special;
};
// The 22 tokens behind the vocabulary, in the order of their ids.
const std::vector<NamedToken>& QwenVlAddedTokens();
extern const std::string kQwenVlChatTemplate;
extern const std::string kQwenVlSystemPrompt;

}  // namespace lingshu
