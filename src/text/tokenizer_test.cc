// Facts of the tokenizer.
#include "text/tokenizer.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

namespace lingshu {
namespace {
TEST(Tokenizer, LoadsShared) {
  auto t = Tokenizer::Load("../shared/data/qwen25vl_tokenizer");
  EXPECT_EQ(t->vocab_size(), 151665);
}
}
}
