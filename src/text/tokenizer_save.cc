// The vocabulary and the merges are written as text: a Json object of that many keys is searched key by key.
#include "text/tokenizer_save.h"

#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"
#include "text/qwen_vl.h"
#include "text/split.h"

namespace lingshu {
namespace {

Json AddedTokenFields(const NamedToken& token) {
  return {{"content", token.content}, {"single_word", false}, {"lstrip", false},
          {"rstrip", false},          {"normalized", false},  {"special", token.is_special}};
}

// What comes before "model", without the closing brace.
std::string Head(int32_t first_added_id) {
  Json added = Json::array();
  for (const NamedToken& token : QwenVlAddedTokens()) {
    Json fields = {{"id", first_added_id + static_cast<int64_t>(added.size())}};
    fields.update(AddedTokenFields(token));
    added.push_back(fields);
  }
  const Json byte_level = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", false}, {"use_regex", false}};
  const Json split = {
      {"type", "Split"}, {"pattern", {{"Regex", kQwen2Pattern}}}, {"behavior", "Isolated"}, {"invert", false}};
  const Json head = {{"version", "1.0"},
                     {"truncation", nullptr},
                     {"padding", nullptr},
                     {"added_tokens", added},
                     {"normalizer", {{"type", "NFC"}}},
                     {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", Json::array({split, byte_level})}}},
                     {"post_processor", byte_level},
                     {"decoder", byte_level}};
  std::string text = DumpJson(head);
  text.pop_back();
  return text;
}

std::string TokenizerJson(const Vocabulary& vocabulary, const std::vector<std::pair<int32_t, int32_t>>& merges) {
  const auto printable = [&](int32_t id) { return PrintableOfBytes(vocabulary.Bytes(id)); };
  std::string text =
      Head(vocabulary.size()) +
      R"(,"model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":"","end_of_word_suffix":"",)"
      R"("fuse_unk":false,"byte_fallback":false,"ignore_merges":false,"vocab":{)";
  for (int32_t id = 0; id < vocabulary.size(); ++id)
    text += fmt::format("{}{}:{}", id ? "," : "", DumpJson(printable(id)), id);
  text += R"(},"merges":[)";
  for (size_t i = 0; i < merges.size(); ++i)
    text += (i ? "," : "") + DumpJson(printable(merges[i].first) + " " + printable(merges[i].second));
  return text + "]}}\n";
}

Json TokenizerConfig(int32_t first_added_id) {
  Json decoder = Json::object(), special = Json::array();
  for (size_t i = 0; i < QwenVlAddedTokens().size(); ++i) {
    const NamedToken& token = QwenVlAddedTokens()[i];
    decoder[std::to_string(first_added_id + static_cast<int64_t>(i))] = AddedTokenFields(token);
    if (token.is_special && i > 0) special.push_back(token.content);  // the first is the padding token
  }
  return {{"add_bos_token", false},
          {"add_prefix_space", false},
          {"added_tokens_decoder", decoder},
          {"additional_special_tokens", special},
          {"bos_token", nullptr},
          {"chat_template", kQwenVlChatTemplate},
          {"clean_up_tokenization_spaces", false},
          {"eos_token", "<|im_end|>"},
          {"errors", "replace"},
          {"model_max_length", 131072},
          {"pad_token", "<|endoftext|>"},
          {"split_special_tokens", false},
          {"tokenizer_class", "Qwen2Tokenizer"},
          {"unk_token", nullptr}};
}

}  // namespace

void SaveQwenVlTokenizer(const Vocabulary& vocabulary, const std::vector<std::pair<int32_t, int32_t>>& merges,
                         const std::filesystem::path& folder) {
  MakeFolder(folder);
  WriteFileAtomic(folder / "tokenizer_config.json", TokenizerConfig(vocabulary.size()).dump(2) + "\n");
  WriteFileAtomic(folder / "chat_template.json", Json{{"chat_template", kQwenVlChatTemplate}}.dump(2) + "\n");
  WriteFileAtomic(folder / "tokenizer.json", TokenizerJson(vocabulary, merges));  // last: its presence means that all three are there
}

}  // namespace lingshu
