// Short pieces merge by scanning for the lowest rank, long ones through a heap; both give the same ids.
#include "text/bpe.h"

#include <algorithm>
#include <array>
#include <queue>
#include <tuple>

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "text/unicode.h"

namespace lingshu {
namespace {

struct PrintableTable {
  std::array<char32_t, 256> of_byte{};
  std::array<int, 0x144> of_char{};  // -1: stands for no byte
  PrintableTable() {
    of_char.fill(-1);
    char32_t next = 0x100;
    for (int byte = 0; byte < 256; ++byte) {
      const bool is_printable = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
      of_byte[static_cast<size_t>(byte)] = is_printable ? static_cast<char32_t>(byte) : next++;
      of_char[of_byte[static_cast<size_t>(byte)]] = byte;
    }
  }
};

const PrintableTable& Printable() {
  static const PrintableTable table;
  return table;
}

// Pieces up to this many bytes are scanned. Measured on Chinese text, whose pieces are long: 32 to 256 are equally
// fast.
constexpr size_t kShortBytes = 64;

}  // namespace

bool BytesOfPrintable(std::string_view text, std::string& bytes) {
  bytes.clear();
  for (size_t at = 0; at < text.size();) {
    const char32_t c = NextCodePoint(text, at);
    const int byte = c < Printable().of_char.size() ? Printable().of_char[c] : -1;
    if (byte < 0) {
      bytes = text;
      return false;
    }
    bytes += static_cast<char>(byte);
  }
  return true;
}

std::string PrintableOfBytes(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) AppendUtf8(text, Printable().of_byte[static_cast<uint8_t>(byte)]);
  return text;
}

size_t Vocabulary::Slot(std::string_view bytes) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = HashBytes(bytes) & mask;
  while (slots_[slot] >= 0 && Bytes(slots_[slot]) != bytes) slot = (slot + 1) & mask;
  return slot;
}

void Vocabulary::Grow() {
  slots_.assign(std::max<size_t>(1024, slots_.size() * 2), -1);
  for (int32_t id = 0; id < size(); ++id)
    if (Has(id)) slots_[Slot(Bytes(id))] = id;
}

bool Vocabulary::Add(std::string_view bytes, int32_t id) {
  CHECK(id >= 0 && id < kMaxTokens) << id;
  CHECK(arena_.size() + bytes.size() < (uint64_t{1} << 31)) << "vocabulary of " << arena_.size() << " bytes";
  if (2 * (count_ + 1) > slots_.size()) Grow();
  const size_t slot = Slot(bytes);
  if (slots_[slot] >= 0 || Has(id)) return false;
  if (id >= size()) spans_.resize(static_cast<size_t>(id) + 1);
  spans_[static_cast<size_t>(id)] = {static_cast<uint32_t>(arena_.size()), static_cast<int32_t>(bytes.size())};
  arena_.append(bytes);
  slots_[slot] = id;
  ++count_;
  return true;
}

int32_t Vocabulary::Find(std::string_view bytes) const { return slots_.empty() ? -1 : slots_[Slot(bytes)]; }

std::string_view Vocabulary::Bytes(int32_t id) const {
  if (!Has(id)) return {};
  const Span span = spans_[static_cast<size_t>(id)];
  return std::string_view(arena_).substr(span.begin, static_cast<size_t>(span.length));
}

Bpe::Bpe(Vocabulary vocabulary, bool should_ignore_merges, const std::string& where)
    : vocabulary_(std::move(vocabulary)), merges_(1024), should_ignore_merges_(should_ignore_merges) {
  for (int byte = 0; byte < 256; ++byte) {
    const char bytes = static_cast<char>(byte);
    byte_ids_[byte] = vocabulary_.Find({&bytes, 1});
    if (byte_ids_[byte] < 0)
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("{}: byte 0x{:02X} is no token, so not every text can be encoded. Byte-level "
                              "vocabularies with all 256 bytes are read.",
                              where, byte));
  }
}

size_t Bpe::Slot(uint64_t pair) const {
  const size_t mask = merges_.size() - 1;
  // Fibonacci hashing; the high bits are the mixed ones.
  size_t slot = (pair * 0x9E3779B97F4A7C15u >> 24) & mask;
  while (merges_[slot].pair != pair && merges_[slot].pair != kNoPair) slot = (slot + 1) & mask;
  return slot;
}

void Bpe::AddMerge(int32_t left, int32_t right, int32_t merged) {
  CHECK(vocabulary_.Has(left) && vocabulary_.Has(right) && vocabulary_.Has(merged))
      << left << " " << right << " " << merged;
  if (2 * (num_merges_ + 1) > merges_.size()) {
    std::vector<Merge> old(merges_.size() * 2);
    old.swap(merges_);
    for (const Merge& merge : old)
      if (merge.pair != kNoPair) merges_[Slot(merge.pair)] = merge;
  }
  Merge& merge = merges_[Slot(Key(left, right))];
  num_merges_ += merge.pair == kNoPair;
  merge = {Key(left, right), next_rank_++, merged};
}

std::vector<std::pair<int32_t, int32_t>> Bpe::merges() const {
  std::vector<Merge> ranked;
  for (const Merge& merge : merges_)
    if (merge.pair != kNoPair) ranked.push_back(merge);
  std::sort(ranked.begin(), ranked.end(), [](const Merge& a, const Merge& b) { return a.rank < b.rank; });
  std::vector<std::pair<int32_t, int32_t>> pairs;
  for (const Merge& merge : ranked)
    pairs.emplace_back(static_cast<int32_t>(merge.pair >> 32), static_cast<int32_t>(merge.pair & 0xFFFFFFFF));
  return pairs;
}

void Bpe::Encode(std::string_view piece, std::vector<int64_t>& ids) const {
  if (should_ignore_merges_)
    if (const int32_t id = vocabulary_.Find(piece); id >= 0) return ids.push_back(id);
  if (piece.size() == 1) ids.push_back(byte_ids_[static_cast<uint8_t>(piece[0])]);
  else if (piece.size() <= kShortBytes) EncodeShort(piece, ids);
  else EncodeLong(piece, ids);
}

void Bpe::EncodeShort(std::string_view piece, std::vector<int64_t>& ids) const {
  struct Part {
    int32_t id, rank, merged;  // rank and result of merging with the next part
  };
  Part parts[kShortBytes + 1];
  size_t n = 0;
  for (const char byte : piece) parts[n++].id = byte_ids_[static_cast<uint8_t>(byte)];
  const auto look = [&](size_t i) {
    const Merge merge = i + 1 < n ? Find(parts[i].id, parts[i + 1].id) : Merge{};
    parts[i].rank = merge.rank;
    parts[i].merged = merge.merged;
  };
  for (size_t i = 0; i < n; ++i) look(i);
  while (n > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < n; ++i)
      if (parts[i].rank < parts[best].rank) best = i;
    if (parts[best].rank == kNoRank) break;
    parts[best].id = parts[best].merged;
    std::copy(parts + best + 2, parts + n, parts + best + 1);
    --n;
    look(best);
    if (best) look(best - 1);
  }
  for (size_t i = 0; i < n; ++i) ids.push_back(parts[i].id);
}

void Bpe::EncodeLong(std::string_view piece, std::vector<int64_t>& ids) const {
  struct Part {
    int32_t id, previous, next;  // id -1: merged into its left neighbour
  };
  using Candidate = std::tuple<int32_t, int32_t, int32_t, int32_t>;  // rank, position, left id, right id
  const auto n = static_cast<int32_t>(piece.size());
  std::vector<Part> parts(piece.size());
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto offer = [&](int32_t i) {
    if (i < 0 || parts[static_cast<size_t>(i)].next >= n) return;
    const int32_t left = parts[static_cast<size_t>(i)].id,
                  right = parts[static_cast<size_t>(parts[static_cast<size_t>(i)].next)].id;
    if (const Merge merge = Find(left, right); merge.rank != kNoRank) queue.emplace(merge.rank, i, left, right);
  };
  for (int32_t i = 0; i < n; ++i)
    parts[static_cast<size_t>(i)] = {byte_ids_[static_cast<uint8_t>(piece[static_cast<size_t>(i)])], i - 1, i + 1};
  for (int32_t i = 0; i < n; ++i) offer(i);
  while (!queue.empty()) {
    const auto [rank, at, left, right] = queue.top();
    queue.pop();
    Part& part = parts[static_cast<size_t>(at)];
    if (part.id != left || part.next >= n || parts[static_cast<size_t>(part.next)].id != right) continue;  // outdated
    Part& eaten = parts[static_cast<size_t>(part.next)];
    part.id = Find(left, right).merged;
    eaten.id = -1;
    part.next = eaten.next;
    if (part.next < n) parts[static_cast<size_t>(part.next)].previous = at;
    offer(at);
    offer(part.previous);
  }
  for (int32_t i = 0; i < n; i = parts[static_cast<size_t>(i)].next) ids.push_back(parts[static_cast<size_t>(i)].id);
}

}  // namespace lingshu
