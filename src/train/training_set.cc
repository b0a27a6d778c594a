// Groups, lengths and hashes of examples, and the drawing of mixes.
#include "train/training_set.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/rng.h"
#include "base/strings.h"

namespace lingshu {
namespace {

std::string_view BytesOf(const std::vector<int64_t>& ids) {
  return {reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(int64_t)};
}

void CheckExamples(const std::vector<Example>& examples, int64_t max_length) {
  if (examples.empty()) throw Error(ErrorCode::kUsage, "the stage has no examples.\nHINT: check its data parts and the limits of the sources.");
  std::vector<std::string> too_long;
  for (const Example& example : examples) {
    if (example.target_ids.empty()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected an answer to learn, found none.", example.sample_id));
    if (example.num_tokens() > max_length) too_long.push_back(fmt::format("{} ({} tokens)", example.sample_id, example.num_tokens()));
  }
  if (too_long.empty()) return;
  const size_t shown = std::min<size_t>(too_long.size(), 10);
  throw Error(ErrorCode::kTooLong, fmt::format("{} of {} examples are longer than max_length = {}: {}{}.\nHINT: raise max_length, lower "
                                               "max_pixels, or leave these samples out.", too_long.size(), examples.size(), max_length,
                                               JoinStrings({too_long.begin(), too_long.begin() + static_cast<int64_t>(shown)}, ", "),
                                               shown < too_long.size() ? ", …" : ""));
}

int64_t CommonLength(const std::vector<int64_t>& a, const std::vector<int64_t>& b, int64_t at_most) {
  const int64_t n = std::min({static_cast<int64_t>(a.size()), static_cast<int64_t>(b.size()), at_most});
  return std::mismatch(a.begin(), a.begin() + n, b.begin()).first - a.begin();
}

// Examples with images form groups by them; text-only ones stand alone.
std::vector<OrderItem> OrderItemsOf(const std::vector<Example>& examples) {
  std::map<std::vector<const EncodedImage*>, int64_t> group_of;
  std::vector<OrderItem> items(examples.size());
  std::vector<size_t> first_of;           // by group
  std::vector<int64_t> shared_of, count;  // by group
  for (size_t i = 0; i < examples.size(); ++i) {
    std::vector<const EncodedImage*> key;
    for (const EncodedImagePtr& image : examples[i].images) key.push_back(image.get());
    const auto next = static_cast<int64_t>(first_of.size());
    const int64_t group = key.empty() ? next : group_of.emplace(key, next).first->second;
    if (group == next) {
      first_of.push_back(i);
      shared_of.push_back(static_cast<int64_t>(examples[i].prompt_ids.size()) - 1);
      count.push_back(0);
    }
    shared_of[group] = CommonLength(examples[first_of[group]].prompt_ids, examples[i].prompt_ids,
                                    std::min<int64_t>(shared_of[group], static_cast<int64_t>(examples[i].prompt_ids.size()) - 1));
    ++count[group];
    items[i] = {.group = group, .num_tokens = examples[i].num_tokens()};
  }
  for (OrderItem& item : items) item.shared_tokens = count[item.group] > 1 ? shared_of[item.group] : 0;
  return items;
}

int64_t CountWords(const Sample& sample) {
  int64_t words = 0;
  for (const std::string* text : {&sample.context, &sample.question, &sample.reasoning, &sample.answer}) {
    bool was_space = true;
    for (const char c : *text) {
      words += was_space && !IsSpaceAscii(c);
      was_space = IsSpaceAscii(c);
    }
  }
  return words;
}

bool Matches(const Sample& sample, const DataPart& part) {
  const auto has = [](const auto& list, const auto& value) { return list.empty() || std::find(list.begin(), list.end(), value) != list.end(); };
  const Origin origin = sample.meta.contains("synthesis") ? Origin::kSynthesis : Origin::kSource;
  return has(part.kinds, sample.kind) && has(part.answer_types, sample.answer_type) && has(part.sources, sample.source) &&
         (part.origin == Origin::kAny || part.origin == origin) &&
         (part.max_words <= 0 || CountWords(sample) <= part.max_words);
}

}  // namespace

std::string ExampleSha256(const Example& example) {
  std::string text = example.sample_id;
  text += '\0';
  text += Sha256Hex(BytesOf(example.prompt_ids));
  text += Sha256Hex(BytesOf(example.target_ids));
  for (const EncodedImagePtr& image : example.images) text += fmt::format("{:016x}", image->hash);
  return Sha256Hex(text);
}

TrainingSet MakeTrainingSet(std::vector<Example> examples, int64_t max_length) {
  CheckExamples(examples, max_length);
  TrainingSet set;
  set.items = OrderItemsOf(examples);
  std::string hashes;
  for (const Example& example : examples) {
    set.sample_ids.push_back(example.sample_id);
    hashes += ExampleSha256(example);
  }
  set.sha256 = Sha256Hex(hashes);
  const auto kept = std::make_shared<const std::vector<Example>>(std::move(examples));
  set.load = [kept](int64_t i) { return std::shared_ptr<const Example>(kept, &kept->at(static_cast<size_t>(i))); };
  return set;
}

std::vector<MixChoice> MixSamples(const std::vector<Sample>& samples, const std::vector<DataPart>& parts, uint64_t seed) {
  std::vector<MixChoice> mix;
  for (size_t p = 0; p < parts.size(); ++p) {
    const DataPart& part = parts[p];
    Rng rng(MixSeed({seed, SeedOf("mix"), p}));
    std::vector<int64_t> matching;
    for (size_t i = 0; i < samples.size(); ++i)
      if (Matches(samples[i], part)) matching.push_back(static_cast<int64_t>(i));
    if (matching.empty() && part.optional) continue;
    if (matching.empty())
      throw Error(ErrorCode::kUsage, fmt::format("data[{}]: none of {} samples matches {}.\nHINT: curate such data, or take this part out of the recipe.", p,
                                                 WithThousands(static_cast<int64_t>(samples.size())), ToJson(part).dump()));
    if (part.limit > 0 && part.limit < static_cast<int64_t>(matching.size())) {
      rng.Shuffle(matching);
      matching.resize(static_cast<size_t>(part.limit));
      std::sort(matching.begin(), matching.end());
    }
    const double whole = std::floor(part.weight);
    for (const int64_t i : matching) {
      const int64_t times = static_cast<int64_t>(whole) + (rng.Chance(part.weight - whole) ? 1 : 0);
      for (int64_t k = 0; k < times; ++k) mix.push_back({i, part.mode});
    }
  }
  return mix;
}

}  // namespace lingshu
