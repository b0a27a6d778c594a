// Facts of the event files: exact bytes, as TensorBoard 2.21's own reader accepts them.
#include "base/tensorboard.h"

#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace lingshu {
namespace {

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<uint8_t>(c));
  return text;
}

class TensorboardFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("lingshu_tensorboard_{}", ::getpid());
    MakeFolder(folder_);
    path_ = folder_ / "events.out.tfevents.1.test";
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_, path_;
};

TEST(Tensorboard, ChecksumsAsRfc3720) {
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62A8AB43u);
}

TEST(Tensorboard, EncodesAScalarEvent) {
  EXPECT_EQ(Hex(ScalarEvent("a", 1, 1.0f, 1.5)), "09000000000000f83f10012a0a0a080a0161150000803f");
  EXPECT_EQ(Hex(ScalarEvent("loss", 300, 2.5f, 1.5)), "09000000000000f83f10ac022a0d0a0b0a046c6f73731500002040");
}

TEST(Tensorboard, FramesAnEventAsARecord) {
  EXPECT_EQ(Hex(TfRecord(FileVersionEvent(1.5))),
            "1800000000000000" "a37f4b22" "09000000000000f83f1a0d627261696e2e4576656e743a32" "2a28646c");
}

TEST_F(TensorboardFile, BeginsWithTheFileVersionOnceAndGoesOnAfterwards) {
  {
    EventWriter writer(path_);
    writer.Scalar("loss", 1, 2.0);
  }
  {
    EventWriter writer(path_);
    writer.Scalar("loss", 2, 1.0);
  }
  const std::string bytes = ReadFile(path_);
  const size_t scalar_bytes = TfRecord(ScalarEvent("loss", 1, 2.0f, 0)).size();
  EXPECT_EQ(bytes.size(), TfRecord(FileVersionEvent(0)).size() + 2 * scalar_bytes);
  EXPECT_EQ(bytes.find("brain.Event:2"), bytes.rfind("brain.Event:2"));
}

TEST(Tensorboard, SaysWhenTheDiskIsFull) {
  if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full here";
  EventWriter writer("/dev/full");
  writer.Scalar("loss", 1, 2.0);
  try {
    writer.Flush();
    FAIL() << "a full disk went unnoticed";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kNoSpace);
  }
}

}  // namespace
}  // namespace lingshu
