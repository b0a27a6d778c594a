// Trains byte-level BPE: words are counted once, then the commonest pair merges until the vocabulary is full.
//
// Pair counts are kept up to date merge by merge, and a heap finds the next pair; an entry whose count has changed
// since is pushed again (Sennrich et al. 2016, algorithm 1, with the incremental counts of subword-nmt).
#include "text/tokenizer.h"

#include <algorithm>
#include <queue>
#include <unordered_map>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "text/bpe.h"
#include "text/qwen_vl.h"
#include "text/split.h"
#include "text/tokenizer_save.h"
#include "text/unicode.h"

namespace lingshu {
namespace {

// Longer pieces (base64, sequences of bases) cost time and teach no words.
constexpr size_t kMaxWordBytes = 512;

using Pair = uint64_t;  // left id in the high half
Pair MakePair(int32_t left, int32_t right) { return static_cast<uint64_t>(left) << 32 | static_cast<uint32_t>(right); }
int32_t LeftOf(Pair pair) { return static_cast<int32_t>(pair >> 32); }
int32_t RightOf(Pair pair) { return static_cast<int32_t>(pair & 0xFFFFFFFF); }

struct Word {
  std::vector<int32_t> ids;
  int64_t count = 0;
};

struct Use {
  int64_t count = 0;
  std::vector<int32_t> places;  // words that hold, or once held, the pair
};

class Trainer {
 public:
  explicit Trainer(const std::map<std::string, int64_t>& text_counts) {
    // Ids 0 to 255 are the bytes in the order of their printable forms, as in GPT-2 and Qwen2.
    std::vector<std::string> printable;
    for (int byte = 0; byte < 256; ++byte)
      printable.push_back(PrintableOfBytes(std::string(1, static_cast<char>(byte))));
    std::sort(printable.begin(), printable.end());
    for (int32_t id = 0; id < 256; ++id) {
      std::string byte;
      BytesOfPrintable(printable[static_cast<size_t>(id)], byte);
      vocabulary_.Add(byte, id);
    }
    CountWords(text_counts);
  }

  // Merges until the vocabulary has `size` tokens, or no pair occurs twice.
  void Run(int32_t size) {
    CountPairs();
    while (vocabulary_.size() < size && !queue_.empty()) {
      const Candidate top = queue_.top();
      queue_.pop();
      const auto it = uses_.find(top.pair);
      const int64_t count = it == uses_.end() ? 0 : it->second.count;
      if (count != top.count) {
        if (count > 0) queue_.push({count, top.pair});
        continue;
      }
      if (count < 2) break;
      MergePair(top.pair);
    }
  }

  const Vocabulary& vocabulary() const { return vocabulary_; }
  const std::vector<std::pair<int32_t, int32_t>>& merges() const { return merges_; }

 private:
  struct Candidate {
    int64_t count;
    Pair pair;
  };
  // Highest count first, then the pair whose bytes come first: the outcome depends on the text alone.
  struct Comes {
    const Vocabulary* vocabulary;
    bool operator()(const Candidate& a, const Candidate& b) const {
      if (a.count != b.count) return a.count < b.count;
      const int left = vocabulary->Bytes(LeftOf(a.pair)).compare(vocabulary->Bytes(LeftOf(b.pair)));
      return left ? left > 0 : vocabulary->Bytes(RightOf(a.pair)) > vocabulary->Bytes(RightOf(b.pair));
    }
  };

  void CountWords(const std::map<std::string, int64_t>& text_counts) {
    std::unordered_map<std::string, int64_t> counts;
    std::vector<std::string_view> pieces;
    for (const auto& [text, count] : text_counts) {
      if (count <= 0)
        throw Error(ErrorCode::kUsage,
                    fmt::format("training a tokenizer: a text with count {}; counts are 1 or more.", count));
      const std::string clean = NfcForTokens(RepairUtf8(text));
      pieces.clear();
      SplitQwen2(clean, pieces);
      for (const std::string_view piece : pieces)
        if (piece.size() > 1 && piece.size() <= kMaxWordBytes) counts[std::string(piece)] += count;
    }
    std::vector<std::pair<std::string, int64_t>> sorted(counts.begin(), counts.end());
    std::sort(sorted.begin(), sorted.end());
    for (const auto& [text, count] : sorted) {
      Word word{{}, count};
      for (const char byte : text) word.ids.push_back(vocabulary_.Find({&byte, 1}));
      words_.push_back(std::move(word));
    }
  }

  void CountPairs() {
    for (int32_t index = 0; index < static_cast<int32_t>(words_.size()); ++index) {
      const Word& word = words_[static_cast<size_t>(index)];
      for (size_t i = 0; i + 1 < word.ids.size(); ++i) Appear(MakePair(word.ids[i], word.ids[i + 1]), index);
    }
    for (const auto& [pair, use] : uses_) queue_.push({use.count, pair});
  }

  void Appear(Pair pair, int32_t index) {
    Use& use = uses_[pair];
    use.count += words_[static_cast<size_t>(index)].count;
    if (use.places.empty() || use.places.back() != index) use.places.push_back(index);
  }

  void MergePair(Pair pair) {
    const int32_t left = LeftOf(pair), right = RightOf(pair);
    const std::string bytes = std::string(vocabulary_.Bytes(left)) + std::string(vocabulary_.Bytes(right));
    int32_t merged = vocabulary_.Find(bytes);  // two merges may lead to one token
    if (merged < 0) vocabulary_.Add(bytes, merged = vocabulary_.size());
    merges_.emplace_back(left, right);

    std::vector<int32_t> places = std::move(uses_[pair].places);
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    std::vector<Pair> made;
    for (const int32_t index : places) ReplaceIn(index, left, right, merged, made);
    uses_.erase(pair);
    std::sort(made.begin(), made.end());
    made.erase(std::unique(made.begin(), made.end()), made.end());
    for (const Pair changed : made)
      if (const auto it = uses_.find(changed); it != uses_.end() && it->second.count > 0)
        queue_.push({it->second.count, changed});
  }

  // Merges left right in one word; the counts of the neighbouring pairs follow.
  void ReplaceIn(int32_t index, int32_t left, int32_t right, int32_t merged, std::vector<Pair>& made) {
    Word& word = words_[static_cast<size_t>(index)];
    std::vector<int32_t>& ids = word.ids;
    const auto change = [&](Pair gone, Pair come) {
      uses_[gone].count -= word.count;
      Appear(come, index);
      made.push_back(come);
    };
    size_t kept = 0;
    for (size_t i = 0; i < ids.size(); ++kept) {
      if (i + 1 >= ids.size() || ids[i] != left || ids[i + 1] != right) {
        ids[kept] = ids[i++];
        continue;
      }
      if (kept > 0) change(MakePair(ids[kept - 1], left), MakePair(ids[kept - 1], merged));
      if (i + 2 < ids.size()) change(MakePair(right, ids[i + 2]), MakePair(merged, ids[i + 2]));
      ids[kept] = merged;
      i += 2;
    }
    ids.resize(kept);
  }

  Vocabulary vocabulary_;
  std::vector<Word> words_;
  std::unordered_map<Pair, Use> uses_;
  std::priority_queue<Candidate, std::vector<Candidate>, Comes> queue_{Comes{&vocabulary_}};
  std::vector<std::pair<int32_t, int32_t>> merges_;
};

}  // namespace

void TrainTokenizer(const std::map<std::string, int64_t>& text_counts, int64_t vocab_size,
                    const std::filesystem::path& model_folder) {
  const auto num_added = static_cast<int64_t>(QwenVlAddedTokens().size());
  if (vocab_size < 256 + num_added || vocab_size > Vocabulary::kMaxTokens)
    throw Error(
        ErrorCode::kUsage,
        fmt::format(
            "training a tokenizer: vocab_size {}; it is at least {} (256 bytes and {} control tokens) and at most {}.",
            vocab_size, 256 + num_added, num_added, Vocabulary::kMaxTokens));
  Trainer trainer(text_counts);
  trainer.Run(static_cast<int32_t>(vocab_size - num_added));
  SaveQwenVlTokenizer(trainer.vocabulary(), trainer.merges(), model_folder);
}

}  // namespace lingshu
