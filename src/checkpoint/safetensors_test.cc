// Facts about safetensors files, most of them about files that are not what they say. The list follows the reference
// implementation's own tests (github.com/huggingface/safetensors) and its size and layout rules.
#include "checkpoint/safetensors.h"

#include <unistd.h>

#include <cstring>
#include <memory>
#include <optional>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/rng.h"
#include "checkpoint/safetensors_writer.h"

namespace lingshu {
namespace {

fs::path Fresh(const std::string& name) {
  const fs::path folder = fs::path(testing::TempDir()) / ("lingshu_safetensors_" + name);
  fs::remove_all(folder);
  MakeFolder(folder);
  return folder;
}

std::string FileOf(const std::string& header, const std::string& data, std::optional<uint64_t> length = {}) {
  const uint64_t size = length.value_or(header.size());
  std::string file(8, '\0');
  std::memcpy(file.data(), &size, 8);
  return file + header + data;
}

SafetensorsHeader Parse(const std::string& file) {
  return ParseSafetensors(std::as_bytes(std::span(file.data(), file.size())), "x.safetensors");
}

std::string Failure(const std::string& file) {
  try {
    Parse(file);
  } catch (const Error& e) {
    return e.message();
  }
  return "no error";
}

PendingTensor Floats(const std::string& name, const std::vector<int64_t>& shape, std::vector<float> values) {
  const auto kept = std::make_shared<std::vector<float>>(std::move(values));
  return {name, ElementType::kF32, shape, [kept] { return std::as_bytes(std::span(*kept)); }};
}

const std::string kTwo =
    R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[],"data_offsets":[8,9]}})";

TEST(Safetensors, ReadsShapesTypesAndBytes) {
  const std::string file = FileOf(kTwo, std::string(8, 'x') + "y");
  const SafetensorsHeader header = Parse(file);
  ASSERT_EQ(header.tensors.size(), 2);
  EXPECT_EQ(header.tensors[0].name, "a");
  EXPECT_EQ(header.tensors[0].dtype, ElementType::kF32);
  EXPECT_EQ(header.tensors[0].shape, std::vector<int64_t>{2});
  EXPECT_EQ(header.tensors[0].num_elements(), 2);
  EXPECT_EQ(header.tensors[1].shape.size(), 0);
  EXPECT_EQ(header.tensors[1].bytes.size(), 1);
  EXPECT_EQ(static_cast<char>(header.tensors[1].bytes[0]), 'y');
}

TEST(Safetensors, EmptyFilesTensorsAndTrailingSpacesAreLegal) {
  EXPECT_EQ(Parse(FileOf("{}", "")).tensors.size(), 0);
  EXPECT_EQ(Parse(FileOf("{}    ", "")).tensors.size(), 0);
  const SafetensorsHeader header = Parse(FileOf(R"({"e":{"dtype":"BF16","shape":[2,0],"data_offsets":[0,0]}})", ""));
  EXPECT_EQ(header.tensors[0].num_elements(), 0);
}

TEST(Safetensors, TensorsComeInTheOrderOfTheirBytes) {
  const SafetensorsHeader header = Parse(FileOf(
      R"({"z":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"y":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
      "ab"));
  EXPECT_EQ(header.tensors[0].name, "y");
}

TEST(Safetensors, MetadataHoldsStringsOnly) {
  EXPECT_EQ(Parse(FileOf(R"({"__metadata__":{"format":"pt"}})", "")).metadata.at("format"), "pt");
  for (const char* header : {R"({"__metadata__":{"n":1}})", R"({"__metadata__":[]})", R"({"__metadata__":{"n":{}}})",
                             R"({"__metadata__":{"n":[]}})", R"({"__metadata__":"x"})"})
    EXPECT_NE(Failure(FileOf(header, "")), "no error") << header;
}

struct BadFile {
  const char* what;
  std::string file;
  const char* expected;  // part of the message
};

TEST(Safetensors, RefusesEveryKindOfBrokenHeader) {
  const std::string entry = R"("dtype":"F32","shape":[2],"data_offsets":[0,8])";
  const auto with = [](const std::string& fields) { return "{\"a\":{" + fields + "}}"; };
  const std::string data(8, 'x');
  std::string nested;
  for (int i = 0; i < 100000; ++i) nested += "{\"a\":";
  std::string many_keys = "{\"__metadata__\":{\"k\":\"\"";
  for (int i = 0; i < 2000; ++i) many_keys += ",\"" + std::to_string(i) + "\":\"\"";
  const std::vector<BadFile> cases = {
      {"no length", "abc", "found 3 bytes"},
      {"length beyond the file", FileOf(kTwo, "", uint64_t{1} << 20), "cut off"},
      {"length beyond the limit", FileOf(kTwo, "", 100'000'001), "at most 100000000"},
      {"length 2^63", FileOf(kTwo, "", uint64_t{1} << 63), "at most 100000000"},
      {"empty header", FileOf("", ""), "should begin with"},
      {"space before", FileOf(" {}", ""), "should begin with"},
      {"not JSON", FileOf("{nonsense", ""), "not valid JSON"},
      {"not UTF-8", FileOf("{\"\xff\":1}", ""), "not valid JSON"},
      {"text after", FileOf("{}x", ""), "not valid JSON"},
      {"deep maps", FileOf(nested, ""), "a map where none belongs"},
      {"deep lists", FileOf("{\"a\":" + std::string(100000, '['), ""), "a list where none belongs"},
      {"a name twice", FileOf("{\"a\":{" + entry + "},\"a\":{" + entry + "}}", data), "appears twice"},
      {"a key twice", FileOf(with(entry + ",\"shape\":[2]"), data), "appears twice"},
      {"entry is a number", FileOf(R"({"a":1})", ""), "expected a map"},
      {"missing key", FileOf(with(R"("dtype":"F32","shape":[2])"), data), "expected dtype, shape and data_offsets"},
      {"unknown key", FileOf(with(entry + ",\"scale\":1"), data), "unknown key \"scale\""},
      {"unknown dtype", FileOf(with(R"("dtype":"F31","shape":[2],"data_offsets":[0,8])"), data), "F8_E4M3"},
      {"dtype not text", FileOf(with(R"("dtype":7,"shape":[2],"data_offsets":[0,8])"), data),
       "dtype should be a string"},
      {"negative size", FileOf(with(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])"), data),
       "shape should hold numbers"},
      {"fractional size", FileOf(with(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])"), data),
       "shape should hold numbers"},
      {"size 2^64", FileOf(with(R"("dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,8])"), data),
       "shape should hold numbers"},
      {"offset 2^63", FileOf(with(R"("dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775808])"), data),
       "data_offsets should hold"},
      {"shape overflow", FileOf(with(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8])"), data),
       "overflows"},
      {"shape overflow to a fitting size",
       FileOf(with(R"("dtype":"F32","shape":[4611686018427387906],"data_offsets":[0,8])"), data), "overflows"},
      {"rank 17", FileOf(with(R"("dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1])"), "x"),
       "more than 16"},
      {"shape smaller than bytes", FileOf(with(R"("dtype":"F32","shape":[1],"data_offsets":[0,8])"), data),
       "takes 4 bytes"},
      {"three offsets", FileOf(with(R"("dtype":"F32","shape":[2],"data_offsets":[0,4,8])"), data), "two numbers"},
      {"offsets reversed", FileOf(with(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"), data),
       "do not lie within"},
      {"offsets beyond the file", FileOf(with(R"("dtype":"F32","shape":[2],"data_offsets":[4,12])"), data),
       "do not lie within"},
      {"overlap", FileOf("{\"a\":{" + entry + "},\"b\":{" + entry + "}}", data), "begins at byte 0"},
      {"gap before", FileOf(with(R"("dtype":"U8","shape":[4],"data_offsets":[4,8])"), data), "begins at byte 4"},
      {"bytes behind", FileOf(with(entry), data + "#!"), "end at byte 8 of the data, the file at 10"},
      {"bytes and no tensors", FileOf("{}", "x"), "end at byte 0"},
      {"many metadata keys", FileOf(many_keys + "}}", ""), "more than 1024 keys"},
      {"long name", FileOf("{\"" + std::string(2000, 'n') + "\":{" + entry + "}}", data), "a name of 2000 bytes"},
  };
  for (const BadFile& bad : cases) {
    const std::string message = Failure(bad.file);
    EXPECT_NE(message.find(bad.expected), std::string::npos) << bad.what << ": " << message;
    EXPECT_LT(message.size(), 1000) << bad.what;
  }
}

TEST(Safetensors, EveryTruncationIsAnError) {
  const std::string whole = FileOf(kTwo, std::string(8, 'x') + "y");
  ASSERT_EQ(Failure(whole), "no error");
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_NE(Failure(whole.substr(0, size)), "no error") << size;
}

// Whatever the bytes, the answer is a header whose tensors lie inside the file, or an Error.
TEST(Safetensors, MutatedHeadersNeverEscapeTheFile) {
  const std::string whole = FileOf(kTwo, std::string(8, 'x') + "y");
  const std::string alphabet = "0123456789{}[],:\"-.eE\\ab\xff ";
  Rng rng(7);
  int survivors = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string file = whole;
    for (int edits = rng.Int(1, 3); edits > 0; --edits) {
      const size_t at = rng.Below(file.size());
      const char with = alphabet[rng.Below(alphabet.size())];
      const int kind = rng.Int(0, 2);
      if (kind == 0) file[at] = with;
      if (kind == 1) file.insert(at, 1, with);
      if (kind == 2) file.erase(at, 1);
    }
    try {
      for (const TensorView& tensor : Parse(file).tensors) {
        const auto* begin = reinterpret_cast<const char*>(tensor.bytes.data());
        ASSERT_GE(begin, file.data());
        ASSERT_LE(begin + tensor.bytes.size(), file.data() + file.size());
      }
      ++survivors;
    } catch (const Error&) {
    }
  }
  EXPECT_GT(survivors, 0);
}

TEST(SafetensorsFile, WrittenFilesReadBack) {
  const fs::path path = Fresh("roundtrip") / "w.safetensors";
  const std::vector<uint8_t> bytes = {1, 2, 3};
  WriteSafetensors(path, {{"small", ElementType::kU8, {3}, [&bytes] { return std::as_bytes(std::span(bytes)); }},
                          Floats("wide", {2, 2}, {1, 2, 3, 4}),
                          Floats("scalar", {}, {5})});
  const SafetensorsFile file = SafetensorsFile::Open(path);
  ASSERT_EQ(file.tensors().size(), 3);
  EXPECT_EQ(file.metadata().at("format"), "pt");
  EXPECT_EQ(file.tensors()[0].name, "scalar");  // wide elements first, then names
  EXPECT_EQ(file.tensors()[2].name, "small");
  for (const TensorView& tensor : file.tensors()) EXPECT_TRUE(tensor.is_aligned());
  std::vector<float> values(4);
  file.Read(file.tensors()[1], std::as_writable_bytes(std::span(values)));
  EXPECT_EQ(values, (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(std::memcmp(file.tensors()[1].bytes.data(), values.data(), 16), 0);
}

TEST(SafetensorsFile, SameTensorsSameBytes) {
  const fs::path folder = Fresh("same");
  WriteSafetensors(folder / "1", {Floats("a", {1}, {1}), Floats("b", {1}, {2})});
  WriteSafetensors(folder / "2", {Floats("b", {1}, {2}), Floats("a", {1}, {1})});
  EXPECT_EQ(ReadFile(folder / "1"), ReadFile(folder / "2"));
}

// safetensors#764: writing over a mapped file once gave zeros.
TEST(SafetensorsFile, SavingOverTheMappedFileKeepsTheValues) {
  const fs::path path = Fresh("over") / "w.safetensors";
  WriteSafetensors(path, {Floats("a", {3}, {1, 2, 3})});
  const SafetensorsFile file = SafetensorsFile::Open(path);
  WriteSafetensors(path, {{"a", ElementType::kF32, {3}, [&file] { return file.tensors()[0].bytes; }}});
  const SafetensorsFile again = SafetensorsFile::Open(path);
  EXPECT_EQ(std::memcmp(again.tensors()[0].bytes.data(), file.tensors()[0].bytes.data(), 12), 0);
  float third = 0;
  std::memcpy(&third, again.tensors()[0].bytes.data() + 8, 4);
  EXPECT_EQ(third, 3);
}

TEST(SafetensorsFile, FileCutWhileOpenIsAnErrorOfRead) {
  const fs::path path = Fresh("cut") / "w.safetensors";
  WriteSafetensors(path, {Floats("a", {4096}, std::vector<float>(4096, 1))});
  const SafetensorsFile file = SafetensorsFile::Open(path);
  ASSERT_EQ(::truncate(path.c_str(), 100), 0);
  std::vector<std::byte> out(file.tensors()[0].bytes.size());
  EXPECT_THROW(file.Read(file.tensors()[0], out), Error);
}

TEST(SafetensorsFile, BytesThatDoNotFitTheShapeAreRefusedAndLeaveNothing) {
  const fs::path folder = Fresh("unfit");
  EXPECT_THROW(WriteSafetensors(folder / "w", {Floats("a", {3}, {1, 2})}), Error);
  EXPECT_THROW(WriteSafetensors(folder / "w", {Floats("a", {1}, {1}), Floats("a", {1}, {1})}), Error);
  EXPECT_TRUE(fs::is_empty(folder));
}

}  // namespace
}  // namespace lingshu
