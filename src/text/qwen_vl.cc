// The released strings, byte for byte.
#include "text/qwen_vl.h"

namespace lingshu {

const std::vector<NamedToken>& QwenVlAddedTokens() {
  static const std::vector<NamedToken> tokens = {
      {"<|endoftext|>", true},        {"<|im_start|>", true},       {"<|im_end|>", true},
      {"<|object_ref_start|>", true}, {"<|object_ref_end|>", true}, {"<|box_start|>", true},
      {"<|box_end|>", true},          {"<|quad_start|>", true},     {"<|quad_end|>", true},
      {"<|vision_start|>", true},     {"<|vision_end|>", true},     {"<|vision_pad|>", true},
      {"<|image_pad|>", true},        {"<|video_pad|>", true},      {"<tool_call>", false},
      {"</tool_call>", false},        {"<|fim_prefix|>", false},    {"<|fim_middle|>", false},
      {"<|fim_suffix|>", false},      {"<|fim_pad|>", false},       {"<|repo_name|>", false},
      {"<|file_sep|>", false},
  };
  return tokens;
}

const std::string kQwenVlSystemPrompt = "You are a helpful assistant.";

const std::string kQwenVlChatTemplate =
    R"JINJA({% set image_count = namespace(value=0) %}{% set video_count = namespace(value=0) %})JINJA"
    R"JINJA({% for message in messages %})JINJA"
    R"JINJA({% if loop.first and message['role'] != 'system' %}<|im_start|>system
You are a helpful assistant.<|im_end|>
{% endif %}<|im_start|>{{ message['role'] }}
{% if message['content'] is string %}{{ message['content'] }}<|im_end|>
{% else %})JINJA"
    R"JINJA({% for content in message['content'] %})JINJA"
    R"JINJA({% if content['type'] == 'image' or 'image' in content or 'image_url' in content %})JINJA"
    R"JINJA({% set image_count.value = image_count.value + 1 %})JINJA"
    R"JINJA({% if add_vision_id %}Picture {{ image_count.value }}: {% endif %}<|vision_start|><|image_pad|><|vision_end|>{% elif content['type'] == 'video' or 'video' in content %})JINJA"
    R"JINJA({% set video_count.value = video_count.value + 1 %})JINJA"
    R"JINJA({% if add_vision_id %}Video {{ video_count.value }}: {% endif %}<|vision_start|><|video_pad|><|vision_end|>{% elif 'text' in content %}{{ content['text'] }}{% endif %})JINJA"
    R"JINJA({% endfor %}<|im_end|>
{% endif %}{% endfor %})JINJA"
    R"JINJA({% if add_generation_prompt %}<|im_start|>assistant
{% endif %})JINJA";

}  // namespace lingshu
