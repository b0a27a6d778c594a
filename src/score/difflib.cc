#include "score/difflib.h"

#include <unordered_map>
#include <vector>

#include "text/unicode.h"

namespace lingshu {
namespace {

struct Match {
  int a = 0, b = 0, size = 0;
};

// Where each character of b stands, popular ones left out (difflib's __chain_b).
using Places = std::unordered_map<char32_t, std::vector<int>>;

Places PlacesOf(std::u32string_view b) {
  Places places;
  for (int i = 0; i < static_cast<int>(b.size()); ++i) places[b[i]].push_back(i);
  if (b.size() < 200) return places;
  const size_t most = b.size() / 100 + 1;
  std::erase_if(places, [&](const auto& entry) { return entry.second.size() > most; });
  return places;
}

class Matcher {
 public:
  Matcher(std::u32string_view a, std::u32string_view b) : a_(a), b_(b), places_(PlacesOf(b)), length_(b.size() + 1), next_(b.size() + 1) {}

  // Σ sizes of the matching blocks; the stack takes the place of difflib's queue, whose order does not matter to the sum.
  int64_t CountMatches() {
    struct Box {
      int a_low, a_high, b_low, b_high;
    };
    std::vector<Box> boxes = {{0, static_cast<int>(a_.size()), 0, static_cast<int>(b_.size())}};
    int64_t count = 0;
    while (!boxes.empty()) {
      const Box box = boxes.back();
      boxes.pop_back();
      const Match match = Longest(box.a_low, box.a_high, box.b_low, box.b_high);
      if (match.size == 0) continue;
      count += match.size;
      if (box.a_low < match.a && box.b_low < match.b) boxes.push_back({box.a_low, match.a, box.b_low, match.b});
      if (match.a + match.size < box.a_high && match.b + match.size < box.b_high)
        boxes.push_back({match.a + match.size, box.a_high, match.b + match.size, box.b_high});
    }
    return count;
  }

 private:
  // find_longest_match: the longest run through anchors, first in a, then first in b; then grown over popular characters.
  Match Longest(int a_low, int a_high, int b_low, int b_high) {
    Match best{a_low, b_low, 0};
    std::vector<int> touched, touched_next;
    for (int i = a_low; i < a_high; ++i) {
      const auto it = places_.find(a_[i]);
      if (it != places_.end())
        for (const int j : it->second) {
          if (j < b_low) continue;
          if (j >= b_high) break;
          // length_[j] is the run that ends before j in b at the character of a before this one.
          const int size = length_[j] + 1;
          next_[j + 1] = size;
          touched_next.push_back(j + 1);
          if (size > best.size) best = {i - size + 1, j - size + 1, size};
        }
      for (const int j : touched) length_[j] = 0;
      for (const int j : touched_next) length_[j] = next_[j];
      touched.swap(touched_next);
      touched_next.clear();
    }
    for (const int j : touched) length_[j] = 0;
    while (best.a > a_low && best.b > b_low && a_[best.a - 1] == b_[best.b - 1]) --best.a, --best.b, ++best.size;
    while (best.a + best.size < a_high && best.b + best.size < b_high && a_[best.a + best.size] == b_[best.b + best.size]) ++best.size;
    return best;
  }

  std::u32string_view a_, b_;
  Places places_;
  std::vector<int> length_, next_;
};

}  // namespace

std::u32string CodePoints(std::string_view utf8) {
  std::u32string points;
  for (size_t i = 0; i < utf8.size();) points.push_back(NextCodePoint(utf8, i));
  return points;
}

double SequenceRatio(std::u32string_view a, std::u32string_view b) {
  const size_t length = a.size() + b.size();
  if (length == 0) return 1;
  return 2.0 * static_cast<double>(Matcher(a, b).CountMatches()) / static_cast<double>(length);
}

double SequenceRatio(std::string_view a_utf8, std::string_view b_utf8) { return SequenceRatio(CodePoints(a_utf8), CodePoints(b_utf8)); }

}  // namespace lingshu
