// Facts about GGUF files, most of them about files that are not what they say. The list follows ggml's own tests
// (tests/test-gguf.cpp) and its fixed overflows (CVE-2024-21802, CVE-2025-53630, CVE-2026-27940).
#include "checkpoint/gguf.h"

#include <cstring>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/rng.h"
#include "checkpoint/gguf_writer.h"

namespace lingshu {
namespace {

// Little-endian pieces of a file, for headers that no writer would write.
struct Bytes {
  std::string text;
  template <typename T>
  Bytes& Put(T value) {
    text.append(reinterpret_cast<const char*>(&value), sizeof(value));
    return *this;
  }
  Bytes& Raw(const std::string& bytes) {
    text += bytes;
    return *this;
  }
  Bytes& String(const std::string& value) { return Put(uint64_t{value.size()}).Raw(value); }
};

Bytes Head(uint64_t tensors, uint64_t values, uint32_t version = 3) {
  return Bytes().Raw("GGUF").Put(version).Put(tensors).Put(values);
}

Bytes Info(Bytes file, const std::string& name, const std::vector<uint64_t>& sizes, uint32_t type, uint64_t offset) {
  file.String(name).Put(static_cast<uint32_t>(sizes.size()));
  for (const uint64_t size : sizes) file.Put(size);
  return file.Put(type).Put(offset);
}

// One tensor "a" and as many bytes of data, after padding.
std::string OneTensor(const std::vector<uint64_t>& sizes, uint32_t type, uint64_t offset, size_t data_bytes) {
  std::string file = Info(Head(1, 0), "a", sizes, type, offset).text;
  file.resize((file.size() + 31) / 32 * 32);
  return file + std::string(data_bytes, 'x');
}

GgufHeader Parse(const std::string& file) {
  return ParseGguf(std::as_bytes(std::span(file.data(), file.size())), "x.gguf");
}

std::string Failure(const std::string& file) {
  try {
    Parse(file);
  } catch (const Error& e) {
    return e.message();
  }
  return "no error";
}

struct BadFile {
  const char* what;
  std::string file;
  const char* expected;  // part of the message
};

void ExpectRefused(const std::vector<BadFile>& cases) {
  for (const BadFile& bad : cases)
    EXPECT_NE(Failure(bad.file).find(bad.expected), std::string::npos) << bad.what << ": " << Failure(bad.file);
}

GgufMetadata EveryType() {
  GgufMetadata metadata;
  metadata.Set("u8", GgufValue::OfInt(GgufType::kU8, 255));
  metadata.Set("i8", GgufValue::OfInt(GgufType::kI8, -128));
  metadata.Set("u16", GgufValue::OfInt(GgufType::kU16, 65535));
  metadata.Set("i16", GgufValue::OfInt(GgufType::kI16, -32768));
  metadata.Set("u32", GgufValue::OfInt(GgufType::kU32, 4294967295));
  metadata.Set("i32", GgufValue::OfInt(GgufType::kI32, -2147483648));
  metadata.Set("u64", GgufValue::OfInt(GgufType::kU64, INT64_MAX));
  metadata.Set("i64", GgufValue::OfInt(GgufType::kI64, INT64_MIN));
  metadata.Set("f32", GgufValue::OfFloat(1e-6));
  metadata.Set("f64", GgufValue{.type = GgufType::kF64, .words = GgufValue::OfFloats(GgufType::kF64, {0.1}).words});
  metadata.Set("bool", GgufValue::OfBool(true));
  metadata.Set("string", GgufValue::OfString(std::string("a\0\xff", 3)));
  metadata.Set("strings", GgufValue::OfStrings({"", "x", "Ġthe"}));
  metadata.Set("ints", GgufValue::OfInts(GgufType::kI32, {16, 24, 24, 0}));
  metadata.Set("floats", GgufValue::OfFloats(GgufType::kF32, {0.48145466, 0.5}));
  metadata.Set("bools", GgufValue{.type = GgufType::kBool, .is_array = true, .words = {1, 0}});
  metadata.Set("none", GgufValue::OfInts(GgufType::kU64, {}));
  return metadata;
}

TEST(Gguf, ValuesOfEveryTypeAndTensorsSurvive) {
  const fs::path path = fs::path(testing::TempDir()) / "lingshu_every.gguf";
  const std::vector<float> a = {1, 2, 3, 4, 5, 6};
  std::vector<std::byte> b(2 * 144);
  for (size_t i = 0; i < b.size(); ++i) b[i] = static_cast<std::byte>(i);
  WriteGguf(path, EveryType(),
            {{"a", BlockFormat::kF32, {2, 3}, [&] { return std::as_bytes(std::span(a)); }},
             {"b", BlockFormat::kQ4_K, {2, 256}, [&] { return std::span<const std::byte>(b); }}});
  const GgufFile file = GgufFile::Open(path);
  EXPECT_EQ(file.metadata().entries(), EveryType().entries());
  EXPECT_EQ(file.metadata().FindFloat("f32"), 1e-6);
  EXPECT_EQ(file.metadata().FindInt("u32"), 4294967295);
  EXPECT_EQ(file.metadata().FindInts("ints"), (std::vector<int64_t>{16, 24, 24, 0}));
  ASSERT_EQ(file.tensors().size(), 2);
  EXPECT_EQ(file.Find("a")->shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(file.Find("a")->num_elements(), 6);
  EXPECT_EQ(std::memcmp(file.Find("a")->bytes.data(), a.data(), 24), 0);
  EXPECT_EQ(file.Find("b")->format, BlockFormat::kQ4_K);
  EXPECT_EQ(file.Find("b")->num_elements(), 512);
  EXPECT_EQ(std::memcmp(file.Find("b")->bytes.data(), b.data(), b.size()), 0);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(file.Find("b")->bytes.data()) % 32, 0);
  EXPECT_EQ(file.Find("c"), nullptr);
}

// The vocabulary that llama.cpp ships for its tests, when the shared data are at hand.
TEST(Gguf, ReadsAFileOfLlamaCpp) {
  const fs::path path = "../shared/data/qwen_gguf_vocab/ggml-vocab-qwen2.gguf";
  if (!IsFile(path)) GTEST_SKIP() << path;
  const GgufFile file = GgufFile::Open(path);
  EXPECT_EQ(file.metadata().GetString("general.architecture"), "qwen2");
  EXPECT_EQ(file.metadata().GetString("tokenizer.ggml.pre"), "qwen2");
  EXPECT_EQ(file.metadata().GetStrings("tokenizer.ggml.merges").size(), 151387);
  EXPECT_TRUE(file.tensors().empty());
}

TEST(Gguf, RefusesBrokenHeaders) {
  const std::string key = "k";
  const auto value = [&](uint32_t type) { return Head(0, 1).String(key).Put(type); };
  const auto array = [&](uint32_t type, uint64_t count) { return value(9).Put(type).Put(count); };
  ExpectRefused({
      {"empty", "", "expected a GGUF file"},
      {"magic", Head(0, 0).text.replace(0, 4, "GGML"), "expected a GGUF file"},
      {"short", Head(0, 0).text.substr(0, 23), "expected a GGUF file"},
      {"version 1", Head(0, 0, 1).text, "version 1"},
      {"version 4", Head(0, 0, 4).text, "version 4"},
      {"big-endian", Head(0, 0, 3u << 24).text, "big-endian"},
      {"tensors 2^63", Head(uint64_t{1} << 63, 0).text, "at most 65536"},
      {"values 2^64 - 1", Head(0, UINT64_MAX).text, "at most 65536"},
      {"more tensors than bytes", Head(1000, 0).text, "do not fit"},
      {"no value where one is promised", Head(0, 1).Put(uint64_t{1}).Put('k').text, "a value's type takes 4 bytes"},
      {"key of 2^63 bytes", Head(0, 1).Put(uint64_t{1} << 63).text, "a key has 9223372036854775808 bytes"},
      {"key of 2000 bytes", Head(0, 1).String(std::string(2000, 'k')).text, "at most 1024"},
      {"empty key", Head(0, 1).String("").Put(0).text, "a key is empty"},
      {"type 13", value(13).Put(0).text, "type 13"},
      {"bool of 2", value(7).Put(uint8_t{2}).text, "a bool of 2"},
      {"string beyond the end", value(8).Put(uint64_t{5}).Raw("abcd").text, "a string value has 5 bytes"},
      {"string of 2^64 - 1", value(8).Put(UINT64_MAX).text, "a string value has"},
      {"array of arrays", array(9, 1).Put(uint32_t{0}).Put(uint64_t{1}).Put(uint8_t{1}).text, "an array of arrays"},
      {"array of type 99", array(99, 1).text, "type 99"},
      {"array of 2^40 bytes", array(0, uint64_t{1} << 40).text, "at most 16777216"},
      {"array of 2^24 strings", array(8, uint64_t{1} << 24).text, "do not fit"},
      {"array of 2^61 u64", array(10, uint64_t{1} << 61).text, "at most 16777216"},
      {"array cut off", array(4, 3).Put(1).Put(2).text, "do not fit"},
      {"a key twice", Head(0, 2).String(key).Put(4).Put(1).String(key).Put(4).Put(1).text, "appears twice"},
  });
}

TEST(Gguf, RefusesBrokenTensors) {
  const auto aligned = [](uint32_t type, auto alignment) {
    return Head(1, 1).String("general.alignment").Put(type).Put(alignment);
  };
  const uint64_t big = uint64_t{1} << 32;
  std::string overlap = Info(Info(Head(2, 0), "a", {8}, 0, 0), "b", {8}, 0, 0).text;
  overlap.resize(128);
  std::string twice = Info(Info(Head(2, 0), "a", {8}, 0, 0), "a", {8}, 0, 32).text;
  twice.resize(256);
  ExpectRefused({
      {"rank 0", OneTensor({}, 0, 0, 0), "0 dimensions"},
      {"rank 5", OneTensor({1, 1, 1, 1, 1}, 0, 0, 4), "5 dimensions"},
      {"rank 2^32 - 1", Head(1, 0).String("a").Put(UINT32_MAX).text, "4294967295 dimensions"},
      {"dimension 0", OneTensor({0}, 0, 0, 0), "a dimension of 0"},
      {"dimension 2^63", OneTensor({uint64_t{1} << 63}, 0, 0, 0), "a dimension of"},
      {"product beyond 2^64", OneTensor({big, big, big}, 0, 0, 0), "overflows 64 bits"},
      {"bytes beyond 2^64", OneTensor({uint64_t{1} << 62}, 0, 0, 0), "overflows 64 bits"},
      {"bytes within the padding of 2^64", OneTensor({(uint64_t{1} << 62) - 1}, 0, 0, 64), "overflows 64 bits"},
      {"bytes just below 2^63", OneTensor({(uint64_t{1} << 61) - 1}, 0, 0, 64), "cut off"},
      {"rows that are no whole blocks", OneTensor({255, 2}, 12, 0, 288), "no whole blocks of Q4_K"},
      {"unknown type", OneTensor({256}, 13, 0, 176), "type 13; known are 0 (F32), 1 (F16), 30 (BF16)"},
      {"type 2^32 - 1", OneTensor({256}, UINT32_MAX, 0, 176), "type 4294967295"},
      {"offset not aligned", OneTensor({1}, 0, 1, 64), "begins at byte 1 of the data, expected 0"},
      {"offset beyond the file", OneTensor({1}, 0, uint64_t{1} << 40, 64), "expected 0"},
      {"offset that wraps", OneTensor({8}, 0, UINT64_MAX - 31, 64), "expected 0"},
      {"not enough data", OneTensor({17}, 0, 0, 67), "cut off"},
      {"overlapping tensors", overlap, "begins at byte 0 of the data, expected 32"},
      {"a name twice", twice, "appears twice"},
      {"name beyond the end", Head(1, 0).Put(uint64_t{100}).Raw("a").text, "a tensor's name has 100 bytes"},
      {"info cut off", OneTensor({1}, 0, 0, 0).substr(0, 40), "takes"},
      {"alignment 0", Info(aligned(4, 0u), "a", {1}, 0, 0).text, "general.alignment is 0"},
      {"alignment 3", Info(aligned(4, 3u), "a", {1}, 0, 0).text, "general.alignment is 3"},
      {"alignment 2^31", Info(aligned(4, 1u << 31), "a", {1}, 0, 0).text, "general.alignment is 2147483648"},
      {"alignment as u64", Info(aligned(10, uint64_t{32}), "a", {1}, 0, 0).text, "should be a u32"},
      {"no data at all", Info(Head(1, 0), "a", {1}, 0, 0).text, "ends before its data begin"},
  });
}

// Whatever is cut off or overwritten: an error or a file that lies within its bytes, never a crash (run under asan as
// well).
TEST(Gguf, EveryCutAndRandomDamageIsAnErrorOrHarmless) {
  const fs::path path = fs::path(testing::TempDir()) / "lingshu_damage.gguf";
  const std::vector<float> a(40, 1.0f);
  WriteGguf(path, EveryType(), {{"a", BlockFormat::kF32, {5, 8}, [&] { return std::as_bytes(std::span(a)); }}});
  const std::string whole = ReadFile(path);
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(Failure(whole.substr(0, length)), "no error") << length;
  Rng rng(1);
  for (int i = 0; i < 20000; ++i) {
    std::string damaged = whole;
    for (int k = rng.Int(1, 4); k > 0; --k)
      damaged[rng.Below(damaged.size())] = static_cast<char>(rng.Pick<int>({0, 1, 127, 128, 255}));
    try {
      for (const GgufTensor& tensor : Parse(damaged).tensors)
        ASSERT_LE(tensor.bytes.data() + tensor.bytes.size(),
                  reinterpret_cast<const std::byte*>(damaged.data()) + damaged.size());
    } catch (const Error&) {
    }
  }
}

TEST(Gguf, WriterRefusesWhatReadersWould) {
  const fs::path path = fs::path(testing::TempDir()) / "lingshu_refused.gguf";
  const std::vector<float> a(8);
  const auto bytes = [&] { return std::as_bytes(std::span(a)); };
  EXPECT_THROW(WriteGguf(path, GgufMetadata(), {{std::string(64, 'n'), BlockFormat::kF32, {8}, bytes}}), Error);
  EXPECT_THROW(
      WriteGguf(path, GgufMetadata(), {{"a", BlockFormat::kF32, {8}, bytes}, {"a", BlockFormat::kF32, {8}, bytes}}),
      Error);
  EXPECT_THROW(WriteGguf(path, GgufMetadata(), {{"a", BlockFormat::kF32, {9}, bytes}}), Error);
  EXPECT_THROW(WriteGguf(path, GgufMetadata(), {{"a", BlockFormat::kQ8_0, {33}, bytes}}), Error);
  EXPECT_FALSE(IsFile(path));
}

TEST(Gguf, TypedReadingNamesKeyAndType) {
  const GgufMetadata metadata = EveryType();
  const auto failure = [&](auto&& read) -> std::string {
    try {
      read();
    } catch (const Error& e) {
      return e.message();
    }
    return "no error";
  };
  EXPECT_NE(failure([&] { metadata.GetInt("f32"); }).find("\"f32\" should be an integer, found f32"),
            std::string::npos);
  EXPECT_NE(failure([&] { metadata.GetString("strings"); }).find("found string array"), std::string::npos);
  EXPECT_NE(failure([&] { metadata.GetInt("absent"); }).find("no \"absent\""), std::string::npos);
  EXPECT_FALSE(metadata.FindFloats("absent").has_value());
}

}  // namespace
}  // namespace lingshu
