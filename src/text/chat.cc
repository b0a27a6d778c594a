// Conversations to ids. The released template of Qwen2.5-VL is written out by hand; another one is rendered as it
// stands.
#include "text/chat.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "text/jinja.h"
#include "text/qwen_vl.h"

namespace lingshu {
namespace {

// kQwenVlChatTemplate with add_generation_prompt = should_open_reply.
std::vector<TextSegment> RenderQwenVl(const std::vector<ChatTurn>& turns, bool should_open_reply) {
  std::vector<TextSegment> segments;
  const auto trusted = [&](std::string text) { segments.push_back({std::move(text), true}); };
  for (size_t i = 0; i < turns.size(); ++i) {
    if (i == 0 && turns[i].role != "system") trusted("<|im_start|>system\n" + kQwenVlSystemPrompt + "<|im_end|>\n");
    trusted("<|im_start|>");
    segments.push_back({turns[i].role, false});
    trusted("\n");
    for (const ChatPiece& piece : turns[i].pieces) {
      if (piece.is_image) trusted("<|vision_start|><|image_pad|><|vision_end|>");
      else if (piece.is_video) trusted("<|vision_start|><|video_pad|><|vision_end|>");
      else segments.push_back({piece.text, false});
    }
    trusted("<|im_end|>\n");
  }
  if (should_open_reply) trusted("<|im_start|>assistant\n");
  return segments;
}

// A turn without images is a string, as templates of text-only models want it; one with images or videos is a list of parts.
Json ContentOf(const ChatTurn& turn) {
  std::string text;
  Json parts = Json::array();
  bool is_text = true;
  for (const ChatPiece& piece : turn.pieces) {
    if (piece.is_image || piece.is_video) parts.push_back({{"type", piece.is_image ? "image" : "video"}});
    else parts.push_back({{"type", "text"}, {"text", piece.text}});
    is_text &= !piece.is_image && !piece.is_video;
    text += piece.text;
  }
  return is_text ? Json(text) : parts;
}

// The folder's template, given what transformers gives it.
std::vector<TextSegment> RenderTemplate(const ChatTemplate& chat, const std::vector<ChatTurn>& turns,
                                        bool should_open_reply) {
  Json messages = Json::array();
  for (const ChatTurn& turn : turns) messages.push_back({{"role", turn.role}, {"content", ContentOf(turn)}});
  const Json tokens = {{"bos_token", chat.bos_token}, {"eos_token", chat.eos_token}};
  return JinjaTemplate(chat.source, "chat template")
      .Render(tokens, {{"messages", messages}, {"tools", nullptr}, {"documents", nullptr}, {"add_generation_prompt", should_open_reply}});
}

// The template writes one <|image_pad|> for an image and one <|video_pad|> for a video; the model wants one for each of their
// tokens. Nothing but the template can have written them.
std::vector<int64_t> ExpandImages(const std::vector<int64_t>& ids, const std::vector<int64_t>& pad_ids,
                                  const std::vector<int64_t>& image_tokens) {
  std::vector<int64_t> expanded;
  size_t next = 0;
  bool is_in_order = true;
  for (const int64_t id : ids) {
    if (pad_ids.empty() || std::find(pad_ids.begin(), pad_ids.end(), id) == pad_ids.end()) {
      expanded.push_back(id);
      continue;
    }
    is_in_order &= next < pad_ids.size() && id == pad_ids[next];
    if (is_in_order) expanded.insert(expanded.end(), static_cast<size_t>(image_tokens[next]), id);
    ++next;
  }
  if (next != image_tokens.size())
    throw Error(ErrorCode::kUnsupported,
                fmt::format("the chat template wrote {} image placeholders for {} images.", next, image_tokens.size()));
  if (!is_in_order) throw Error(ErrorCode::kUnsupported, "the chat template shows images and videos in another order than they were given.");
  return expanded;
}

void CheckImages(const std::vector<ChatTurn>& turns, const std::vector<int64_t>& image_tokens) {
  constexpr int64_t kMaxImageTokens = 1 << 20;
  size_t images = 0;
  for (const ChatTurn& turn : turns)
    for (const ChatPiece& piece : turn.pieces) images += piece.is_image || piece.is_video;
  if (images != image_tokens.size())
    throw Error(ErrorCode::kUsage, fmt::format("the conversation holds {} images, token counts came for {}.", images,
                                               image_tokens.size()));
  for (const int64_t count : image_tokens)
    if (count < 1 || count > kMaxImageTokens)
      throw Error(ErrorCode::kUsage,
                  fmt::format("an image of {} tokens; 1 to {} are possible.", count, kMaxImageTokens));
}

int64_t RequiredId(const Tokenizer& tokenizer, std::string_view token) {
  const int64_t id = tokenizer.Id(token);
  if (id < 0)
    throw Error(ErrorCode::kUnsupported, fmt::format("the tokenizer lacks {}, which the chat template writes.", token));
  return id;
}

}  // namespace

std::vector<int64_t> EncodeChat(const Tokenizer& tokenizer, const std::vector<ChatTurn>& turns,
                                const std::vector<int64_t>& image_tokens, bool should_open_reply) {
  CheckImages(turns, image_tokens);
  std::vector<int64_t> pad_ids;
  for (const ChatTurn& turn : turns)
    for (const ChatPiece& piece : turn.pieces)
      if (piece.is_image || piece.is_video) pad_ids.push_back(RequiredId(tokenizer, piece.is_image ? "<|image_pad|>" : "<|video_pad|>"));
  const ChatTemplate& chat = tokenizer.chat_template();
  if (!chat.source.empty() && chat.source != kQwenVlChatTemplate)
    return ExpandImages(tokenizer.EncodeSegments(RenderTemplate(chat, turns, should_open_reply)), pad_ids, image_tokens);
  RequiredId(tokenizer, "<|im_start|>");
  RequiredId(tokenizer, "<|im_end|>");
  return ExpandImages(tokenizer.EncodeSegments(RenderQwenVl(turns, should_open_reply)), pad_ids, image_tokens);
}

}  // namespace lingshu
