// Conversations to ids, as the folder's chat template writes them (Qwen2.5-VL's where it has none): segments remember
// who wrote them, so template text may hold control tokens and user text never becomes one, whatever it contains.
#pragma once

#include <string>
#include <vector>

#include "text/tokenizer.h"

namespace lingshu {

// A turn: text pieces and placeholders of images and videos in order.
struct ChatPiece {
  std::string text;
  bool is_image = false;
  bool is_video = false;
};
struct ChatTurn {
  std::string role;
  std::vector<ChatPiece> pieces;
};

// Ids of the conversation; each placeholder is <|vision_start|> image_tokens[i] × <|image_pad|> (or <|video_pad|>)
// <|vision_end|>, where image_tokens counts those of images and videos in the order of the pieces.
// A default system turn ("You are a helpful assistant.") is put first when none is given, as the template does.
// With should_open_reply the prompt ends in "<|im_start|>assistant\n".
// Throws Error(kUsage) when the number of image pieces differs from image_tokens.size();
// Error(kUnsupported) when the tokenizer lacks a control token or the template drops an image; what Jinja throws
// otherwise.
std::vector<int64_t> EncodeChat(const Tokenizer& tokenizer, const std::vector<ChatTurn>& turns,
                                const std::vector<int64_t>& image_tokens, bool should_open_reply);

}  // namespace lingshu
