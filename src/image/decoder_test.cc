// Facts of decoder processes: what comes out is what the same function gives here; whatever a decoder does wrong is one
// error of its input, and the next input is decoded.
#include "image/decoder.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include <gtest/gtest.h>

#include "base/threads.h"
#include "image/decoder_process.h"
#include "image/png.h"
#include "image/reader.h"
#include "image/testing.h"
#include "image/view.h"

namespace lingshu {
namespace {

using testing::ErrorOf;
using testing::MakePicture;

class InChildProcesses : public ::testing::Test {
 protected:
  void SetUp() override { SetDecoderPlace(DecoderPlace::kChildProcesses); }
  void TearDown() override { SetDecoderPlace(DecoderPlace::kOwnProcess); }
};

std::string TrialError(const char* trial, DecoderLimits limits = {.cpu_s = 10, .wall_s = 600, .memory_bytes = 1 << 30}) {
  const std::string where = "the sample";
  return ErrorOf([&] {
    RunDecoder({trial, limits, "", where}, std::string_view("input"), [](WireReader& reader) {
      std::string answer;
      reader(answer);
    });
  });
}

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kIsSanitized = true;  // the filter and the limit of memory are off: they would stop the sanitizer
#else
constexpr bool kIsSanitized = false;
#endif

using Wire = ::testing::Test;

TEST_F(Wire, RefusesLengthsBeyondTheEnd) {
  WireWriter writer;
  writer(std::string("abc"), std::vector<int>{1, 2, 3}, std::optional<double>(0.5));
  const std::string bytes = writer.TakeBytes();
  for (size_t n = 0; n <= bytes.size(); ++n) {
    WireReader reader(std::string_view(bytes).substr(0, n));
    std::string text;
    std::vector<int> numbers;
    std::optional<double> number;
    const std::string error = ErrorOf([&] { reader(text, numbers, number); });
    EXPECT_EQ(error.empty(), n == bytes.size()) << n;
  }
  WireReader reader(bytes);
  std::string text;
  std::vector<int> numbers;
  std::optional<double> number;
  reader(text, numbers, number);
  EXPECT_EQ(text, "abc");
  EXPECT_EQ(numbers, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(number, 0.5);
  EXPECT_TRUE(reader.IsAtEnd());
}

TEST_F(InChildProcesses, GiveTheSamePicturesFactsAndErrors) {
  const Image picture = MakePicture(300, 200);
  const std::string png = EncodePng(picture);
  EXPECT_EQ(DecodeImage(png, "a.png").rgb, picture.rgb);
  const fs::path path = fs::temp_directory_path() / ("lingshu_decoder_" + std::to_string(getpid()) + ".png");
  WriteFileAtomic(path, png);
  const Image there = ReadImage(path);
  const FileFacts facts = InspectImage(path);
  const std::string error = ErrorOf([&] { ReadImage(path, {.frame = 3}); }), cut_error = ErrorOf([&] {
    DecodeImage(png.substr(0, 200), "cut.png");
  });
  SetDecoderPlace(DecoderPlace::kOwnProcess);
  const Image here = ReadImage(path);
  EXPECT_EQ(there.rgb, here.rgb);
  EXPECT_EQ(there.operations, here.operations);
  EXPECT_EQ(there.source, here.source);
  EXPECT_EQ(ToJson(facts), ToJson(InspectImage(path)));
  EXPECT_NE(error, "");
  EXPECT_EQ(error, ErrorOf([&] { ReadImage(path, {.frame = 3}); }));
  EXPECT_EQ(cut_error, ErrorOf([&] { DecodeImage(png.substr(0, 200), "cut.png"); }));
  fs::remove(path);
}

TEST_F(InChildProcesses, SayWhatReadFileSaysOfFilesThatCannotBeRead) {
  EXPECT_NE(ErrorOf([] { ReadImage("/nowhere/at/all.png"); }).find("/nowhere/at/all.png"), std::string::npos);
  EXPECT_NE(ErrorOf([] { ReadImage("/dev/null"); }).find("empty"), std::string::npos);
  EXPECT_NE(ErrorOf([] { ReadImage("/"); }), "");
}

TEST_F(InChildProcesses, ACrashIsOneErrorAndTheNextInputIsDecoded) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(TrialError("trial_crash").find("the sample: the decoder crashed on it (signal 11"), std::string::npos);
    EXPECT_EQ(DecodeImage(EncodePng(MakePicture(20, 10)), "a.png").width, 20);
  }
}

TEST_F(InChildProcesses, CannotOpenFilesSocketsOrPrograms) {
  if (kIsSanitized || DecoderProcess().seccomp() != "on") GTEST_SKIP() << "no seccomp: " << DecoderProcess().seccomp();
  for (const char* trial : {"trial_file", "trial_socket", "trial_program"})
    EXPECT_NE(TrialError(trial).find("tried what decoders may not do"), std::string::npos) << trial;
}

TEST_F(InChildProcesses, AreStoppedAtTheirLimits) {
  const DecoderLimits patient{.cpu_s = 1, .wall_s = 600};
  EXPECT_NE(TrialError("trial_loop", patient).find("more than 1 s of processor time"), std::string::npos);
  EXPECT_NE(TrialError("trial_sleep", {.cpu_s = 1, .wall_s = 1}).find("longer than 1 s"), std::string::npos);
  EXPECT_NE(TrialError("trial_flood", {.cpu_s = 60, .wall_s = 600, .memory_bytes = 512 << 20}).find("beyond the limit"),
            std::string::npos);
  if (kIsSanitized) GTEST_SKIP() << "no limit of memory under a sanitizer";
  EXPECT_NE(TrialError("trial_memory").find("more memory than the 1024 MiB"), std::string::npos);
}

TEST_F(InChildProcesses, LyingAnswersAreRefused) {
  EXPECT_NE(TrialError("trial_nonsense").find("the decoder's answer does not add up"), std::string::npos);
  EXPECT_EQ(DecodeImage(EncodePng(MakePicture(20, 10)), "a.png").width, 20);
}

TEST_F(InChildProcesses, ServeManyThreadsWhileSomeDie) {
  const Image picture = MakePicture(64, 48);
  const std::string png = EncodePng(picture);
  SetNumThreads(4);
  std::atomic<int> good = 0, bad = 0;
  ParallelFor(80, [&](int64_t i) {
    if (i % 8 == 3) bad += TrialError("trial_crash").find("crashed") != std::string::npos;
    else good += DecodeImage(png, "a.png").rgb == picture.rgb;
  });
  SetNumThreads(0);
  EXPECT_EQ(good, 70);
  EXPECT_EQ(bad, 10);
}

TEST_F(InChildProcesses, AProcessThatWasKilledBetweenCallsIsReplaced) {
  DecoderProcess process;
  EXPECT_TRUE(process.IsAlive());
  EXPECT_NE(TrialError("trial_crash"), "");
  const std::string where = "x";
  EXPECT_NE(ErrorOf([&] {
              process.Call({"trial_crash", kPictureLimits, "", where}, std::string_view(), [](WireReader&) {});
            }),
            "");
  EXPECT_FALSE(process.IsAlive());
}

}  // namespace
}  // namespace lingshu
