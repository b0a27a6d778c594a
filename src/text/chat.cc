// Conversations to ids. The released template of Qwen2.5-VL is written out by hand; another one is rendered as it stands.
#include "text/chat.h"

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
      else segments.push_back({piece.text, false});
    }
    trusted("<|im_end|>\n");
  }
  if (should_open_reply) trusted("<|im_start|>assistant\n");
  return segments;
}

// The folder's template, given what transformers gives it. A turn of one text is a string, any other a list of parts.
std::vector<TextSegment> RenderTemplate(const ChatTemplate& chat, const std::vector<ChatTurn>& turns, bool should_open_reply) {
  Json messages = Json::array();
  for (const ChatTurn& turn : turns) {
    Json content = Json::array();
    for (const ChatPiece& piece : turn.pieces)
      content.push_back(piece.is_image ? Json{{"type", "image"}} : Json{{"type", "text"}, {"text", piece.text}});
    const bool is_text = turn.pieces.size() == 1 && !turn.pieces[0].is_image;
    messages.push_back({{"role", turn.role}, {"content", is_text ? Json(turn.pieces[0].text) : content}});
  }
  const Json tokens = {{"bos_token", chat.bos_token}, {"eos_token", chat.eos_token}};
  return JinjaTemplate(chat.source, "chat template").Render(tokens, {{"messages", messages}, {"add_generation_prompt", should_open_reply}});
}

// The template writes one <|image_pad|> for an image; the model wants one for each of its tokens. Nothing but the
// template can have written it.
std::vector<int64_t> ExpandImages(const std::vector<int64_t>& ids, int64_t image_id, const std::vector<int64_t>& image_tokens) {
  std::vector<int64_t> expanded;
  size_t next = 0;
  for (const int64_t id : ids) {
    if (id != image_id) expanded.push_back(id);
    else if (next++ < image_tokens.size()) expanded.insert(expanded.end(), static_cast<size_t>(image_tokens[next - 1]), id);
  }
  if (next != image_tokens.size())
    throw Error(ErrorCode::kUnsupported, fmt::format("the chat template wrote {} image placeholders for {} images.", next, image_tokens.size()));
  return expanded;
}

void CheckImages(const std::vector<ChatTurn>& turns, const std::vector<int64_t>& image_tokens) {
  constexpr int64_t kMaxImageTokens = 1 << 20;
  size_t images = 0;
  for (const ChatTurn& turn : turns)
    for (const ChatPiece& piece : turn.pieces) images += piece.is_image;
  if (images != image_tokens.size())
    throw Error(ErrorCode::kUsage, fmt::format("the conversation holds {} images, token counts came for {}.", images, image_tokens.size()));
  for (const int64_t count : image_tokens)
    if (count < 1 || count > kMaxImageTokens) throw Error(ErrorCode::kUsage, fmt::format("an image of {} tokens; 1 to {} are possible.", count, kMaxImageTokens));
}

int64_t RequiredId(const Tokenizer& tokenizer, std::string_view token) {
  const int64_t id = tokenizer.Id(token);
  if (id < 0) throw Error(ErrorCode::kUnsupported, fmt::format("the tokenizer lacks {}, which the chat template writes.", token));
  return id;
}

}  // namespace

std::vector<int64_t> EncodeChat(const Tokenizer& tokenizer, const std::vector<ChatTurn>& turns, const std::vector<int64_t>& image_tokens,
                                bool should_open_reply) {
  CheckImages(turns, image_tokens);
  const int64_t image_id = image_tokens.empty() ? -1 : RequiredId(tokenizer, "<|image_pad|>");
  const ChatTemplate& chat = tokenizer.chat_template();
  if (!chat.source.empty() && chat.source != kQwenVlChatTemplate)
    return ExpandImages(tokenizer.EncodeSegments(RenderTemplate(chat, turns, should_open_reply)), image_id, image_tokens);
  RequiredId(tokenizer, "<|im_start|>");
  RequiredId(tokenizer, "<|im_end|>");
  return ExpandImages(tokenizer.EncodeSegments(RenderQwenVl(turns, should_open_reply)), image_id, image_tokens);
}

}  // namespace lingshu
