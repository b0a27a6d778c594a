// The engine against the training forward: the same ids, and log-probabilities equal to the last digits of float32.
#include "engine/engine.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/rng.h"
#include "batch/fixtures.h"
#include "batch/pack.h"
#include "engine/kv_cache.h"
#include "tensor/ops.h"

namespace lingshu {
namespace {

std::shared_ptr<Model> TinyModel() {
  auto model = InitModel(TinyModelConfig(), 3);
  // Larger weights than at initialisation, so that answers depend on everything.
  VisitWeights(*model, [](const std::string&, Weight& weight, const std::vector<int64_t>& shape) {
    if (shape.size() > 1) weight.value.mul_(6);
  });
  return model;
}

// Greedy decoding by running the whole forward for every token.
std::vector<int64_t> PlainGreedy(const Model& model, Example example, int64_t count) {
  const at::NoGradGuard no_grad;
  const size_t prompt = example.prompt_ids.size();
  for (int64_t i = 0; i < count; ++i) {
    const Tensor hidden = ForwardBatch(model, PackExamples({&example}, model.config, false));
    Tensor logits = Logits(model, hidden.slice(0, hidden.size(0) - 1)).squeeze(0);
    for (const int64_t placeholder : {model.config.image_token_id, model.config.video_token_id}) logits[placeholder] = -INFINITY;
    example.prompt_ids.push_back(logits.argmax(-1).item<int64_t>());
  }
  return {example.prompt_ids.begin() + static_cast<int64_t>(prompt), example.prompt_ids.end()};
}

std::vector<Generation> TinyGenerations(const Model& model, double temperature) {
  const ModelConfig& config = model.config;
  const EncodedImagePtr image = TinyImage(config, 8, 12, 1);
  std::vector<Generation> generations;
  for (uint64_t i = 0; i < 5; ++i) {
    Generation generation{TinyExample(config, i % 2 ? std::vector<EncodedImagePtr>{} : std::vector<EncodedImagePtr>{image}, 5 + 3 * i, 0, i), {}};
    generation.sampling = {.max_new_tokens = 20, .temperature = temperature, .seed = 40 + i, .should_ignore_eos = true, .logprobs = 0};
    generations.push_back(generation);
  }
  return generations;
}

TEST(Engine, GreedyEqualsTheWholeForwardTokenByToken) {
  const auto model = TinyModel();
  const auto generations = TinyGenerations(*model, 0);
  Engine engine(model, nullptr, {.max_batch = 3, .max_prefill_tokens = 16, .kv_cache_tokens = 512}, "tiny");
  const auto answers = engine.Generate(generations);
  for (size_t i = 0; i < generations.size(); ++i) EXPECT_EQ(answers[i].ids, PlainGreedy(*model, generations[i].example, 20)) << i;
}

TEST(Engine, ReusesPagesOfAPromptSeenBeforeWithTheSameAnswer) {
  const auto model = TinyModel();
  const auto generations = TinyGenerations(*model, 0);
  Engine engine(model, nullptr, {.kv_cache_tokens = 2048}, "tiny");
  const auto first = engine.Generate(generations), second = engine.Generate(generations);
  for (size_t i = 0; i < generations.size(); ++i) EXPECT_EQ(first[i].ids, second[i].ids) << i;
}

// Paged cache and packed segments are two code paths with the same sums in the same order: the ratio of both probabilities is 1
// exactly, not nearly.
TEST(Engine, RollOutLogprobsEqualTrainingLogprobs) {
  const auto model = TinyModel();
  std::vector<Generation> generations = TinyGenerations(*model, 1);
  for (uint64_t k = 0; k < 6; ++k) {  // a group: one prompt, several seeds
    generations.push_back(generations[0]);
    generations.back().sampling.seed = 100 + k;
  }
  Engine engine(model, nullptr, {.max_batch = 4, .kv_cache_tokens = 2048}, "tiny");
  const auto answers = engine.Generate(generations);
  std::vector<Example> examples;
  std::vector<const Example*> pointers;
  for (size_t i = 0; i < answers.size(); ++i) {
    examples.push_back(generations[i].example);
    examples.back().target_ids = answers[i].ids;
  }
  for (const Example& example : examples) pointers.push_back(&example);
  const at::NoGradGuard no_grad;
  const Batch batch = PackExamples(pointers, model->config, true);
  const Tensor losses = CrossEntropyRows(Logits(*model, ForwardBatch(*model, batch)),
                                         ToTensor(batch.labels, {batch.num_tokens()}).clamp_min(0));
  std::vector<size_t> next(answers.size(), 0);
  for (int64_t t = 0; t < batch.num_tokens(); ++t) {
    if (batch.labels[t] == kIgnoreIndex) continue;
    const int32_t i = batch.example_of[t];
    ASSERT_EQ(-losses[t].item<float>(), answers[i].logprobs.at(next[i]++)) << "answer " << i << ", token " << t;
  }
  for (size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(next[i], answers[i].ids.size()) << i;
}

// Bit for bit: alone or beside others, in one piece or in chunks of the prompt.
TEST(Engine, AnAnswerDoesNotDependOnWhatSharesItsBatch) {
  const auto model = TinyModel();
  const auto generations = TinyGenerations(*model, 1);
  Engine together(model, nullptr, {.max_batch = 5, .kv_cache_tokens = 2048}, "tiny");
  Engine alone(model, nullptr, {.max_batch = 1, .max_prefill_tokens = 7, .kv_cache_tokens = 512}, "tiny");
  const auto a = together.Generate(generations), b = alone.Generate(generations);
  for (size_t i = 0; i < generations.size(); ++i) {
    EXPECT_EQ(a[i].ids, b[i].ids) << i;
    EXPECT_EQ(a[i].logprobs, b[i].logprobs) << i;
  }
}

TEST(Engine, AnAnswerThatDoesNotFitIsAnErrorOfItsRequestOnly) {
  const auto model = TinyModel();
  auto generations = TinyGenerations(*model, 0);
  generations[1].sampling.max_new_tokens = 100000;
  generations[4].sampling.max_new_tokens = std::numeric_limits<int64_t>::max();
  generations[3].example.prompt_ids.clear();
  Engine engine(model, nullptr, {.kv_cache_tokens = 2048}, "tiny");
  const auto answers = engine.Generate(generations);
  EXPECT_EQ(answers[1].finish_reason, FinishReason::kError);
  EXPECT_NE(answers[1].error.find("exceed the context"), std::string::npos);
  EXPECT_NE(answers[4].error.find("exceed the context"), std::string::npos);
  EXPECT_EQ(answers[3].error, "an empty prompt.");
  EXPECT_EQ(answers[2].ids.size(), 20u);
}

// One token's embedding is NaN: whoever shows it gets an error, its neighbours in the batch their answers.
TEST(Engine, LogitsThatAreNotNumbersAreAnErrorOfTheirRequestOnly) {
  const auto model = TinyModel();
  const auto generations = TinyGenerations(*model, 0);
  Engine healthy(model, nullptr, {.kv_cache_tokens = 2048}, "tiny");
  const auto expected = healthy.Generate(generations);
  const auto sick = TinyModel();
  sick->config.text.tie_word_embeddings = false;
  sick->lm_head.value = sick->embed_tokens.value.clone();
  sick->embed_tokens.value[57].fill_(NAN);
  auto some = generations;
  some[2].example.prompt_ids.back() = 57;
  Engine engine(sick, nullptr, {.kv_cache_tokens = 2048}, "sick");
  const auto answers = engine.Generate(some);
  EXPECT_EQ(answers[2].finish_reason, FinishReason::kError);
  EXPECT_NE(answers[2].error.find("NaN or Inf"), std::string::npos);
  for (const size_t i : {0u, 1u, 3u, 4u}) EXPECT_EQ(answers[i].ids, expected[i].ids) << i;
}

// A random mix: prompts that begin alike, images or none, greedy or sampled, every chunk size, room for one or for many, pages
// found in the cache, guesses or none. Bit for bit what the request gives alone in a fresh engine without guesses.
TEST(Engine, AnAnswerDoesNotDependOnAnythingAroundIt) {
  const auto model = TinyModel();
  const ModelConfig& config = model->config;
  const std::vector<EncodedImagePtr> images = {TinyImage(config, 4, 4, 1), TinyImage(config, 8, 6, 2), TinyImage(config, 2, 12, 3)};
  Rng rng(21);
  std::vector<Generation> generations;
  std::vector<Answer> alone;
  for (uint64_t i = 0; i < 24; ++i) {
    std::vector<EncodedImagePtr> shown;
    for (int n = rng.Int(0, 2); n > 0; --n) shown.push_back(rng.Pick(images));
    Generation generation{TinyExample(config, shown, rng.Int(2, 40), 0, i % 7), {}};
    generation.sampling = {.max_new_tokens = rng.Int(1, 24), .temperature = rng.Chance(0.5) ? 0.0 : 0.8, .top_p = rng.Chance(0.5) ? 1.0 : 0.9,
                           .repetition_penalty = rng.Chance(0.7) ? 1.0 : 1.2, .seed = i, .should_ignore_eos = rng.Chance(0.7), .logprobs = 0};
    Engine fresh(model, nullptr, {.max_batch = 1, .kv_cache_tokens = 512, .ngram_draft_tokens = 0}, "alone");
    alone.push_back(fresh.Generate({generation}).at(0));
    generations.push_back(std::move(generation));
  }
  int64_t cached = 0, accepted = 0;
  for (int round = 0; round < 6; ++round) {
    Engine engine(model, nullptr, {.max_batch = rng.Int(1, 12), .max_prefill_tokens = rng.Int(16, 90), .kv_cache_tokens = rng.Int(20, 80) * 16,
                                   .ngram_draft_tokens = rng.Int(0, 12)}, "mix");
    for (int again = 0; again < 2; ++again) {
      std::vector<size_t> order(generations.size());
      for (size_t i = 0; i < order.size(); ++i) order[i] = i;
      rng.Shuffle(order);
      std::vector<Generation> mix;
      for (const size_t i : order) mix.push_back(generations[i]);
      const auto answers = engine.Generate(mix);
      for (size_t k = 0; k < order.size(); ++k) {
        const Answer& expected = alone[order[k]];
        EXPECT_EQ(answers[k].ids, expected.ids) << "round " << round << ", request " << order[k];
        EXPECT_EQ(answers[k].logprobs, expected.logprobs) << "round " << round << ", request " << order[k];
        EXPECT_EQ(answers[k].finish_reason, expected.finish_reason);
        cached += answers[k].timings.cached_tokens, accepted += answers[k].timings.accepted_tokens;
      }
    }
  }
  EXPECT_GT(cached, 0);
  EXPECT_GT(accepted, 0);
}

TEST(Engine, GuessesAreReportedAndShortenTheWork) {
  const auto model = TinyModel();
  const ModelConfig& config = model->config;
  Generation generation{TinyExample(config, {}, 20, 0, 3), {.max_new_tokens = 200, .should_ignore_eos = true, .logprobs = 0}};
  Engine plain(model, nullptr, {.ngram_draft_tokens = 0}, "plain"), guessing(model, nullptr, {}, "guessing");
  const Answer a = plain.Generate({generation}).at(0), b = guessing.Generate({generation}).at(0);
  EXPECT_EQ(a.ids, b.ids);
  EXPECT_EQ(a.logprobs, b.logprobs);
  EXPECT_EQ(a.timings.drafted_tokens, 0);
  // A greedy model of this size soon repeats itself; of a repeating text nearly all guesses are right.
  EXPECT_GT(b.timings.accepted_tokens, 100);
  EXPECT_LE(b.timings.accepted_tokens, b.timings.drafted_tokens);
}

TEST(Engine, SamplesOfOneRequestAreThoseOfTheirSeeds) {
  const auto model = TinyModel();
  std::vector<Generation> generations = TinyGenerations(*model, 1);
  generations.resize(2);
  generations[0].sampling.n = 3;
  Engine engine(model, nullptr, {.kv_cache_tokens = 2048}, "tiny");
  const auto answers = engine.Generate(generations);
  ASSERT_EQ(answers.size(), 4u);
  for (int64_t sample = 0; sample < 3; ++sample) {
    Generation single = generations[0];
    single.sampling.n = 1;
    single.sampling.seed = SampleSeed(single.sampling.seed, sample);
    EXPECT_EQ(answers[sample].ids, engine.Generate({single}).at(0).ids);
    EXPECT_EQ(answers[sample].sample, sample);
  }
  EXPECT_NE(answers[0].ids, answers[1].ids);
  EXPECT_EQ(answers[3].sample, 0);
}

TEST(Engine, StopIdsEndAnAnswer) {
  const auto model = TinyModel();
  Generation generation = TinyGenerations(*model, 0)[1];
  Engine engine(model, nullptr, {}, "tiny");
  const Answer whole = engine.Generate({generation}).at(0);
  generation.sampling.stop_ids = {whole.ids[4]};
  const Answer stopped = engine.Generate({generation}).at(0);
  const auto end = std::find(whole.ids.begin(), whole.ids.end(), whole.ids[4]) + 1;
  EXPECT_EQ(stopped.ids, std::vector<int64_t>(whole.ids.begin(), end));
  EXPECT_EQ(stopped.finish_reason, FinishReason::kStop);
}

TEST(Engine, AnswersContinueFromTheCacheOfTheAnswerBefore) {
  const auto model = TinyModel();
  Generation generation = TinyGenerations(*model, 0)[1];
  generation.sampling.max_new_tokens = 60;
  Engine engine(model, nullptr, {}, "tiny");
  const Answer first = engine.Generate({generation}).at(0);
  Generation next = generation;  // the conversation goes on behind its answer
  next.example.prompt_ids.insert(next.example.prompt_ids.end(), first.ids.begin(), first.ids.end());
  next.example.prompt_ids.insert(next.example.prompt_ids.end(), {1, 2, 3});
  const Answer second = engine.Generate({next}).at(0);
  EXPECT_EQ(second.timings.cached_tokens, (static_cast<int64_t>(generation.example.prompt_ids.size()) + 59) / kPageTokens * kPageTokens);
  Engine fresh(model, nullptr, {}, "fresh");
  EXPECT_EQ(second.ids, fresh.Generate({next}).at(0).ids);
  next.cache_scope = "somebody else";
  EXPECT_EQ(engine.Generate({next}).at(0).timings.cached_tokens, 0);
}

TEST(Engine, PiecesAreTheAnswerInOrder) {
  const auto model = TinyModel();
  std::vector<Generation> generations = TinyGenerations(*model, 1);
  std::vector<std::vector<int64_t>> ids(generations.size());
  std::vector<std::vector<float>> logprobs(generations.size());
  const auto here = std::this_thread::get_id();
  for (size_t i = 0; i < generations.size(); ++i)
    generations[i].on_piece = [&, i](const AnswerPiece& piece) {
      EXPECT_EQ(std::this_thread::get_id(), here);
      ids[i].insert(ids[i].end(), piece.ids.begin(), piece.ids.end());
      logprobs[i].insert(logprobs[i].end(), piece.logprobs.begin(), piece.logprobs.end());
    };
  Engine engine(model, nullptr, {.kv_cache_tokens = 2048}, "tiny");
  const auto answers = engine.Generate(generations);
  for (size_t i = 0; i < generations.size(); ++i) {
    EXPECT_EQ(ids[i], answers[i].ids);
    EXPECT_EQ(logprobs[i], answers[i].logprobs);
  }
}

TEST(Engine, ACancelledRequestEndsAloneAndGivesItsPagesBack) {
  const auto model = TinyModel();
  std::vector<Generation> generations = TinyGenerations(*model, 0);
  Engine engine(model, nullptr, {.max_batch = 3, .kv_cache_tokens = 256}, "tiny");
  const auto expected = engine.Generate(generations);
  size_t seen = 0;
  generations[1].on_piece = [&](const AnswerPiece& piece) { seen += piece.ids.size(); };
  generations[1].is_cancelled = [&] { return seen >= 5; };
  generations[4].is_cancelled = [] { return true; };  // before it began
  const auto answers = engine.Generate(generations);
  EXPECT_EQ(answers[1].finish_reason, FinishReason::kCancelled);
  EXPECT_GE(answers[1].ids.size(), 5u);
  EXPECT_LT(answers[1].ids.size(), 20u);
  EXPECT_TRUE(std::equal(answers[1].ids.begin(), answers[1].ids.end(), expected[1].ids.begin()));
  EXPECT_EQ(answers[4].finish_reason, FinishReason::kCancelled);
  EXPECT_TRUE(answers[4].ids.empty());
  for (const size_t i : {0u, 2u, 3u}) EXPECT_EQ(answers[i].ids, expected[i].ids);
  for (int round = 0; round < 20; ++round) engine.Generate(generations);  // 256 tokens of pages: none is lost
}

TEST(Engine, AnErrorInACallbackEndsItsCallAndLosesNoPages) {
  const auto model = TinyModel();
  std::vector<Generation> generations = TinyGenerations(*model, 0);
  Engine engine(model, nullptr, {.kv_cache_tokens = 256}, "tiny");
  const auto expected = engine.Generate(generations);
  auto failing = generations;
  failing[0].on_piece = [](const AnswerPiece&) { throw Error(ErrorCode::kIo, "the reader is gone"); };
  for (int round = 0; round < 20; ++round) EXPECT_THROW(engine.Generate(failing), Error);
  const auto again = engine.Generate(generations);
  for (size_t i = 0; i < generations.size(); ++i) EXPECT_EQ(again[i].ids, expected[i].ids);
}

TEST(Engine, CallsOfSeveralThreadsShareTheBatch) {
  const auto model = TinyModel();
  const auto generations = TinyGenerations(*model, 1);
  Engine engine(model, nullptr, {.max_batch = 8, .kv_cache_tokens = 2048}, "tiny");
  const auto expected = engine.Generate(generations);
  std::vector<std::thread> threads;
  std::atomic<int> equal{0}, failed{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int round = 0; round < 3; ++round) {
        auto own = generations;
        const auto here = std::this_thread::get_id();
        bool is_own_thread = true;
        for (Generation& generation : own) generation.on_piece = [&](const AnswerPiece&) { is_own_thread &= std::this_thread::get_id() == here; };
        if (t == 3 && round == 1) {  // one caller goes away in the middle of it
          own[0].on_piece = [](const AnswerPiece&) { throw Error(ErrorCode::kIo, "gone"); };
          EXPECT_THROW(engine.Generate(own), Error);
          ++failed;
          continue;
        }
        const auto answers = engine.Generate(own);
        bool is_equal = is_own_thread;
        for (size_t i = 0; i < answers.size(); ++i) is_equal &= answers[i].ids == expected[i].ids && answers[i].logprobs == expected[i].logprobs;
        equal += is_equal;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(equal, 11);
  EXPECT_EQ(failed, 1);
}

// The form of the cache that other devices take, on the CPU: sums in another order, so equal up to float32's last digits.
TEST(Engine, ComposedAttentionGivesTheSameAnswers) {
  const auto model = TinyModel();
  auto generations = TinyGenerations(*model, 0);
  for (Generation& generation : generations) generation.sampling.logprobs = 5;
  Engine paged(model, nullptr, {.kv_cache_tokens = 2048, .attention = AttentionKind::kPaged}, "paged");
  Engine composed(model, nullptr, {.max_batch = 4, .max_prefill_tokens = 20, .kv_cache_tokens = 2048, .attention = AttentionKind::kComposed}, "composed");
  const auto a = paged.Generate(generations), b = composed.Generate(generations), c = composed.Generate(generations);
  for (size_t i = 0; i < generations.size(); ++i) {
    EXPECT_EQ(a[i].ids, b[i].ids) << i;
    EXPECT_EQ(a[i].ids, c[i].ids) << i;
    for (size_t t = 0; t < a[i].ids.size(); ++t)
      for (size_t k = 0; k < 5; ++k) EXPECT_NEAR(a[i].top_logprobs[t][k].second, b[i].top_logprobs[t][k].second, 2e-5);
  }
}

TEST(KvCache, GivesIdlePagesBackOldestFirst) {
  KvCache cache(32);
  const int32_t a = cache.Take(), b = cache.Take();
  cache.Publish(a, 11), cache.Publish(b, 12);
  EXPECT_THROW(cache.Take(), Error);
  cache.Release(a), cache.Release(b);
  EXPECT_EQ(cache.Find(12), b);
  EXPECT_EQ(cache.Take(), a);
  EXPECT_EQ(cache.Find(11), -1);
}

TEST(KvCache, ASequencesLastPagesAreForgottenFirst) {
  KvCache cache(48);
  std::vector<int32_t> pages = {cache.Take(), cache.Take(), cache.Take()};
  for (size_t i = 0; i < 3; ++i) cache.Publish(pages[i], 10 + i);
  cache.ReleaseAll(pages);
  EXPECT_TRUE(pages.empty());
  cache.Take();
  EXPECT_EQ(cache.Find(12), -1);
  EXPECT_GE(cache.Find(10), 0);
}

}  // namespace
}  // namespace lingshu
