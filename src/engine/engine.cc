// Continuous batching over one forward pass: every step takes the pending tokens of all running sequences (a chunk of a
// prompt, or the one token sampled last), writes their keys and values into pages, and attends through the pages. Prefill,
// chunked prefill and decoding are therefore the same code.
#include "engine/engine.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/threads.h"
#include "engine/kv_cache.h"
#include "engine/sampler.h"

namespace lingshu {
namespace {

// Requests whose images are held in memory together.
constexpr int64_t kAskWindow = 512;
// Image features kept for prompts that show the same image again.
constexpr size_t kFeatureCacheImages = 256;

struct Sequence {
  size_t index = 0;
  const Generation* generation = nullptr;
  std::vector<int64_t> ids;         // prompt, then what was sampled
  RopePositions positions;          // of the prompt; a new token at i stands at next + i − prompt
  std::vector<uint64_t> page_hash;  // of the prompt's full pages that may be shared
  std::vector<int32_t> pages;
  int64_t computed = 0;             // tokens whose keys are in the pages
  Answer answer;
  std::chrono::steady_clock::time_point start;

  int64_t prompt_tokens() const { return static_cast<int64_t>(generation->example.prompt_ids.size()); }
  int64_t pending() const { return static_cast<int64_t>(ids.size()) - computed; }
};

// What a token's keys depend on besides its predecessors: its id, or the image behind an image token.
std::vector<uint64_t> PageHashes(const Example& example, int64_t image_token_id) {
  std::vector<uint64_t> hashes;
  std::vector<uint64_t> keys;
  int64_t features_left = 0;
  size_t image = 0;
  uint64_t chain = 0;
  for (const int64_t id : example.prompt_ids) {
    if (id == image_token_id && features_left == 0) features_left = example.images.at(image++)->num_tokens;
    if (id == image_token_id) --features_left;
    keys.push_back(id == image_token_id ? example.images[image - 1]->hash : static_cast<uint64_t>(id));
    if (static_cast<int64_t>(keys.size()) < kPageTokens) continue;
    chain = HashBytes({reinterpret_cast<const char*>(keys.data()), keys.size() * sizeof(uint64_t)}, chain) | 1;
    hashes.push_back(chain);
    keys.clear();
  }
  // The last prompt token is always computed: its logits are needed.
  const size_t shareable = (example.prompt_ids.size() - 1) / kPageTokens;
  if (hashes.size() > shareable) hashes.resize(shareable);
  return hashes;
}

}  // namespace

class Engine::Impl {
 public:
  Impl(std::shared_ptr<const Model> model, std::shared_ptr<const Tokenizer> tokenizer, EngineOptions options)
      : model_(std::move(model)), tokenizer_(std::move(tokenizer)), options_(options), cache_(model_->config.text, options.kv_cache_tokens),
        placeholders_{model_->config.image_token_id, model_->config.video_token_id} {}

  using Sink = std::function<void(size_t index, Answer)>;

  void Generate(const std::vector<Generation>& generations, const Sink& sink) {
    const at::NoGradGuard no_grad;
    std::deque<size_t> waiting;
    for (size_t i = 0; i < generations.size(); ++i) waiting.push_back(i);
    std::vector<Sequence> running;
    try {
      while (!waiting.empty() || !running.empty()) {
        CheckInterrupt("generation");
        Admit(generations, waiting, running, sink);
        if (running.empty()) continue;
        Step(running);
        for (size_t i = 0; i < running.size();) {
          if (!IsFinished(running[i])) {
            ++i;
            continue;
          }
          Finish(running[i], sink);
          running.erase(running.begin() + static_cast<int64_t>(i));
        }
      }
    } catch (const Error&) {  // give the pages back, then let the caller see it
      for (Sequence& sequence : running)
        for (const int32_t page : sequence.pages) cache_.Release(page);
      throw;
    }
  }

  // Encodes requests (images on all cores, equal images once) and generates, a window at a time.
  void Ask(const std::vector<Request>& requests, const AnswerSink& sink) {
    for (size_t begin = 0; begin < requests.size(); begin += kAskWindow) {
      const size_t end = std::min(requests.size(), begin + kAskWindow);
      std::vector<Generation> generations;
      std::vector<size_t> index_of;
      EncodeWindow(requests, begin, end, sink, generations, index_of);
      Generate(generations, [&](size_t i, Answer answer) {
        answer.text = tokenizer_->Decode(answer.ids);
        CutAtStop(requests[index_of[i]].sampling, answer.text);
        sink(std::move(answer));
      });
    }
  }

  std::string Text(const std::vector<int64_t>& ids) const { return tokenizer_ ? tokenizer_->Decode(ids) : ""; }

  void ForgetPrefixes() {
    cache_.Forget();
    features_.clear();
  }

 private:
  static Answer Failure(const std::string& id, const std::string& error) {
    Answer answer;
    answer.id = id;
    answer.finish_reason = FinishReason::kError;
    answer.error = error;
    return answer;
  }

  static bool CutAtStop(const Sampling& sampling, std::string& text) {
    size_t cut = std::string::npos;
    for (const std::string& stop : sampling.stop)
      if (!stop.empty()) cut = std::min(cut, text.find(stop));
    if (cut != std::string::npos) text.resize(cut);
    return cut != std::string::npos;
  }

  void EncodeWindow(const std::vector<Request>& requests, size_t begin, size_t end, const AnswerSink& sink,
                    std::vector<Generation>& generations, std::vector<size_t>& index_of) {
    std::vector<const Image*> images;
    std::unordered_map<const Image*, size_t> place;
    for (size_t i = begin; i < end; ++i)
      for (const Message& message : requests[i].messages)
        for (const Content& content : message.content)
          if (content.image && place.emplace(content.image.get(), images.size()).second) images.push_back(content.image.get());
    std::vector<EncodedImagePtr> encoded(images.size());
    std::vector<std::string> errors(images.size());
    ParallelFor(static_cast<int64_t>(images.size()), [&](int64_t i) {
      try {
        encoded[i] = EncodeImage(*images[i], model_->config);
      } catch (const Error& e) {  // belongs to the requests that show this image
        errors[i] = e.message();
      }
    });
    for (size_t i = begin; i < end; ++i) {
      std::vector<EncodedImagePtr> own;
      std::string error;
      for (const Message& message : requests[i].messages)
        for (const Content& content : message.content)
          if (content.image) {
            const size_t at = place[content.image.get()];
            own.push_back(encoded[at]);
            if (!encoded[at]) error = errors[at];
          }
      if (!error.empty()) {
        sink(Failure(requests[i].id, error));
        continue;
      }
      index_of.push_back(i);
      generations.push_back({EncodeRequest(requests[i], own, *tokenizer_), requests[i].sampling});
    }
  }

  int64_t MaxContext() const {
    const int64_t own = model_->config.text.max_position_embeddings;
    return options_.max_context_tokens > 0 ? std::min(own, options_.max_context_tokens) : own;
  }

  // Starts waiting sequences while there is room. A prompt whose next page is being computed by another sequence of this
  // very step waits one step and then finds the page.
  void Admit(const std::vector<Generation>& generations, std::deque<size_t>& waiting, std::vector<Sequence>& running, const Sink& sink) {
    std::unordered_set<uint64_t> in_flight;
    for (const Sequence& sequence : running)
      if (sequence.computed < sequence.prompt_tokens()) in_flight.insert(sequence.page_hash.begin(), sequence.page_hash.end());
    std::deque<size_t> deferred;
    while (!waiting.empty() && static_cast<int64_t>(running.size()) < options_.max_batch) {
      const size_t index = waiting.front();
      const Generation& generation = generations[index];
      const int64_t prompt = static_cast<int64_t>(generation.example.prompt_ids.size());
      const int64_t total = prompt + generation.sampling.max_new_tokens;
      if (total > MaxContext() || (total + kPageTokens - 1) / kPageTokens > cache_.num_pages()) {
        waiting.pop_front();
        sink(index, Failure(generation.example.sample_id,
                            fmt::format("a prompt of {} tokens and {} new ones exceed the context of {} tokens.", prompt,
                                        generation.sampling.max_new_tokens, std::min(MaxContext(), cache_.num_pages() * kPageTokens))));
        continue;
      }
      std::vector<uint64_t> hashes = PageHashes(generation.example, model_->config.image_token_id);
      if (std::any_of(hashes.begin(), hashes.end(), [&](uint64_t hash) { return in_flight.count(hash) > 0; })) {
        waiting.pop_front();
        deferred.push_back(index);
        continue;
      }
      if ((total + kPageTokens - 1) / kPageTokens > cache_.num_free_pages()) break;
      waiting.pop_front();
      running.push_back(Start(index, generation, std::move(hashes)));
      in_flight.insert(running.back().page_hash.begin() + running.back().computed / kPageTokens, running.back().page_hash.end());
    }
    waiting.insert(waiting.begin(), deferred.begin(), deferred.end());
  }

  Sequence Start(size_t index, const Generation& generation, std::vector<uint64_t> hashes) {
    Sequence sequence;
    sequence.index = index;
    sequence.generation = &generation;
    sequence.ids = generation.example.prompt_ids;
    sequence.positions = ComputeRopePositions(sequence.ids, generation.example.images, model_->config);
    sequence.page_hash = std::move(hashes);
    sequence.start = std::chrono::steady_clock::now();
    for (const uint64_t hash : sequence.page_hash) {
      const int32_t page = cache_.Find(hash);
      if (page < 0) break;
      sequence.pages.push_back(page);
    }
    sequence.computed = static_cast<int64_t>(sequence.pages.size()) * kPageTokens;
    const int64_t total = sequence.prompt_tokens() + generation.sampling.max_new_tokens;
    while (static_cast<int64_t>(sequence.pages.size()) * kPageTokens < total) sequence.pages.push_back(cache_.Take());
    return sequence;
  }

  // A slice of one sequence inside the packed tokens of a step.
  struct Slice {
    Sequence* sequence;
    int64_t begin, count;  // packed position and length
  };

  void Step(std::vector<Sequence>& running) {
    std::vector<Slice> slices;
    std::vector<int64_t> ids, axes[3];
    int64_t budget = options_.max_prefill_tokens;
    for (Sequence& sequence : running) {
      const int64_t count = std::min(sequence.pending(), budget);
      if (count <= 0) continue;
      budget -= count;
      slices.push_back({&sequence, static_cast<int64_t>(ids.size()), count});
      const int64_t prompt = sequence.prompt_tokens();
      for (int64_t i = sequence.computed; i < sequence.computed + count; ++i) {
        ids.push_back(sequence.ids[i]);
        for (int axis = 0; axis < 3; ++axis)
          axes[axis].push_back(i < prompt ? sequence.positions.thw[axis * prompt + i] : sequence.positions.next + i - prompt);
      }
    }
    std::vector<int64_t> position_ids;
    for (const auto& axis : axes) position_ids.insert(position_ids.end(), axis.begin(), axis.end());
    const Tensor hidden = LanguageForward(*model_, EmbedTokens(*model_, ids, FeaturesFor(slices)), position_ids,
                                          [&](int64_t layer, const Tensor& q, const Tensor& k, const Tensor& v) {
                                            return Attend(slices, layer, q, k, v);
                                          });
    std::vector<int64_t> last_rows;
    std::vector<Sequence*> ready;
    for (const Slice& slice : slices) {
      Advance(*slice.sequence, slice.count);
      if (slice.sequence->pending() > 0) continue;
      last_rows.push_back(slice.begin + slice.count - 1);
      ready.push_back(slice.sequence);
    }
    if (!ready.empty()) Sample(ready, hidden.index_select(0, ToTensor(last_rows, {static_cast<int64_t>(last_rows.size())}).to(hidden.device())));
  }

  void Advance(Sequence& sequence, int64_t count) {
    const int64_t first = sequence.computed / kPageTokens;
    sequence.computed += count;
    const int64_t full = std::min<int64_t>(sequence.computed / kPageTokens, static_cast<int64_t>(sequence.page_hash.size()));
    for (int64_t page = first; page < full; ++page) cache_.Publish(sequence.pages[page], sequence.page_hash[page]);
  }

  void Sample(const std::vector<Sequence*>& ready, const Tensor& hidden) {
    const Tensor logits = Logits(*model_, hidden).to(at::kFloat).cpu().contiguous();
    const int64_t vocab = logits.size(1);
    std::vector<SampledToken> tokens(ready.size());
    ParallelFor(static_cast<int64_t>(ready.size()), [&](int64_t i) {
      const Sequence& sequence = *ready[i];
      tokens[i] = SampleToken(logits.data_ptr<float>() + i * vocab, vocab, sequence.generation->sampling,
                              {sequence.ids, static_cast<int64_t>(sequence.answer.ids.size()), placeholders_});
    });
    for (size_t i = 0; i < ready.size(); ++i) {
      Sequence& sequence = *ready[i];
      sequence.ids.push_back(tokens[i].id);
      sequence.answer.ids.push_back(tokens[i].id);
      if (sequence.generation->sampling.logprobs >= 0) sequence.answer.logprobs.push_back(tokens[i].logprob);
      if (sequence.generation->sampling.logprobs > 0) sequence.answer.top_logprobs.push_back(std::move(tokens[i].top));
    }
  }

  // Features of the image tokens that lie in the slices, in order. Each image is run once; all new ones in one pass.
  Tensor FeaturesFor(const std::vector<Slice>& slices) {
    struct Part {
      uint64_t hash;
      int64_t begin, end;
    };
    std::vector<Part> parts;
    std::vector<EncodedImagePtr> missing;
    if (features_.size() > kFeatureCacheImages) features_.clear();
    std::unordered_set<uint64_t> asked;
    for (const Slice& slice : slices) {
      const Sequence& sequence = *slice.sequence;
      int64_t at = 0;
      const std::vector<int64_t>& ids = sequence.ids;
      for (const EncodedImagePtr& image : sequence.generation->example.images) {
        while (ids[at] != model_->config.image_token_id) ++at;
        const int64_t begin = std::max(at, sequence.computed), end = std::min(at + image->num_tokens, sequence.computed + slice.count);
        if (begin < end) {
          parts.push_back({image->hash, begin - at, end - at});
          if (!features_.count(image->hash) && asked.insert(image->hash).second) missing.push_back(image);
        }
        at += image->num_tokens;
      }
    }
    RunVision(missing);
    std::vector<Tensor> rows;
    for (const Part& part : parts) rows.push_back(features_.at(part.hash).slice(0, part.begin, part.end));
    return rows.empty() ? Tensor() : at::cat(rows);
  }

  void RunVision(const std::vector<EncodedImagePtr>& images) {
    if (images.empty()) return;
    std::vector<float> pixels;
    std::vector<int64_t> grids;
    for (const EncodedImagePtr& image : images) {
      pixels.insert(pixels.end(), image->pixel_values.begin(), image->pixel_values.end());
      grids.insert(grids.end(), image->grid_thw.begin(), image->grid_thw.end());
    }
    const int64_t dim = model_->config.vision.patch_dim();
    const Tensor features = VisionForward(*model_, ToTensor(pixels, {static_cast<int64_t>(pixels.size()) / dim, dim}), grids);
    int64_t at = 0;
    for (const EncodedImagePtr& image : images) {
      features_[image->hash] = features.slice(0, at, at + image->num_tokens).clone();
      at += image->num_tokens;
    }
  }

  Tensor Attend(const std::vector<Slice>& slices, int64_t layer, const Tensor& q_in, const Tensor& k_in, const Tensor& v_in) {
    const auto host = [](const Tensor& x) { return x.to(at::kCPU, at::kFloat).contiguous(); };
    const Tensor q = host(q_in), k = host(k_in), v = host(v_in);
    const int64_t heads = q.size(1), kv_heads = k.size(1), h = q.size(2), group = heads / kv_heads;
    struct Row {
      const Sequence* sequence;
      int64_t position;
    };
    std::vector<Row> rows;
    for (const Slice& slice : slices)
      for (int64_t i = 0; i < slice.count; ++i) rows.push_back({slice.sequence, slice.sequence->computed + i});
    const float *k_data = k.data_ptr<float>(), *v_data = v.data_ptr<float>();
    for (size_t t = 0; t < rows.size(); ++t) {
      const int32_t page = rows[t].sequence->pages[rows[t].position / kPageTokens];
      const int64_t column = rows[t].position % kPageTokens;
      for (int64_t kv = 0; kv < kv_heads; ++kv) {
        float* keys = cache_.Keys(page, layer, kv) + column;
        float* values = cache_.Values(page, layer, kv) + column * h;
        const int64_t from = (static_cast<int64_t>(t) * kv_heads + kv) * h;
        for (int64_t d = 0; d < h; ++d) keys[d * kPageTokens] = k_data[from + d];
        std::copy(v_data + from, v_data + from + h, values);
      }
    }
    Tensor out = at::empty_like(q);
    const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(h)));
    ForRanges(static_cast<int64_t>(rows.size()), 4, [&](int64_t first, int64_t last) {
      std::vector<const float*> key_pages, value_pages;
      std::vector<float> scratch;
      for (int64_t t = first; t < last; ++t) {
        const int64_t seen = rows[t].position + 1, pages = (seen + kPageTokens - 1) / kPageTokens;
        scratch.resize(static_cast<size_t>(pages * kPageTokens));
        for (int64_t kv = 0; kv < kv_heads; ++kv) {
          key_pages.clear(), value_pages.clear();
          for (int64_t page = 0; page < pages; ++page) {
            key_pages.push_back(cache_.Keys(rows[t].sequence->pages[page], layer, kv));
            value_pages.push_back(cache_.Values(rows[t].sequence->pages[page], layer, kv));
          }
          const int64_t at = (t * heads + kv * group) * h;
          PagedAttention(q.data_ptr<float>() + at, group, h, key_pages.data(), value_pages.data(), seen, scale,
                         out.data_ptr<float>() + at, scratch.data());
        }
      }
    });
    return out.to(q_in.options());
  }

  bool IsFinished(Sequence& sequence) {
    if (sequence.answer.ids.empty() || sequence.pending() != 1) return false;
    const Sampling& sampling = sequence.generation->sampling;
    const std::vector<int64_t>& eos = model_->config.eos_token_ids;
    if (!sampling.should_ignore_eos && std::find(eos.begin(), eos.end(), sequence.answer.ids.back()) != eos.end()) {
      sequence.answer.finish_reason = FinishReason::kStop;
      return true;
    }
    if (!sampling.stop.empty()) {
      std::string text = Text(sequence.answer.ids);
      if (CutAtStop(sampling, text)) {
        sequence.answer.finish_reason = FinishReason::kStop;
        return true;
      }
    }
    sequence.answer.finish_reason = FinishReason::kLength;
    return static_cast<int64_t>(sequence.answer.ids.size()) >= sampling.max_new_tokens;
  }

  void Finish(Sequence& sequence, const Sink& sink) {
    for (const int32_t page : sequence.pages) cache_.Release(page);
    sequence.pages.clear();
    Answer answer = std::move(sequence.answer);
    answer.id = sequence.generation->example.sample_id;
    answer.prompt_ids = sequence.generation->example.prompt_ids;
    answer.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - sequence.start).count();
    sink(sequence.index, std::move(answer));
  }

  std::shared_ptr<const Model> model_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  EngineOptions options_;
  KvCache cache_;
  std::vector<int64_t> placeholders_;
  std::unordered_map<uint64_t, Tensor> features_;
};

Engine::Engine(std::shared_ptr<const Model> model, std::shared_ptr<const Tokenizer> tokenizer, EngineOptions options, std::string name)
    : impl_(std::make_unique<Impl>(std::move(model), std::move(tokenizer), options)), name_(std::move(name)) {}

Engine::~Engine() = default;

void Engine::Ask(const std::vector<Request>& requests, const AnswerSink& sink) { impl_->Ask(requests, sink); }

std::vector<Answer> Engine::Generate(const std::vector<Generation>& generations) {
  std::vector<Answer> answers(generations.size());
  impl_->Generate(generations, [&](size_t index, Answer answer) {
    answer.text = impl_->Text(answer.ids);
    answers[index] = std::move(answer);
  });
  return answers;
}

void Engine::ForgetPrefixes() { impl_->ForgetPrefixes(); }

}  // namespace lingshu
