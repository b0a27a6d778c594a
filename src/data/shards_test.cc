#include "data/shards.h"

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "data/fixture.h"

namespace lingshu {
namespace {

std::vector<Sample> ThreeSamples() {
  std::vector<Sample> samples(3);
  for (int i = 0; i < 3; ++i) samples[i].id = "s:" + std::to_string(i);
  return samples;
}

TEST(Shards, ComeBackInOrder) {
  const TemporaryFolder folder;
  WriteShards(folder.path(), ThreeSamples(), {{"seed", 7}}, /*samples_per_shard=*/2);
  const std::vector<Sample> back = ReadShards(folder.path());
  ASSERT_EQ(back.size(), 3u);
  EXPECT_EQ(back[2].id, "s:2");
  EXPECT_TRUE(fs::exists(folder.path() / "shard-00001.jsonl"));
  EXPECT_EQ(ReadManifest(folder.path())["seed"], 7);
  EXPECT_EQ(ReadManifest(folder.path())["samples"], 3);
}

TEST(Shards, SameSamplesGiveTheSameHash) {
  const TemporaryFolder a, b;
  EXPECT_EQ(WriteShards(a.path(), ThreeSamples(), {}), WriteShards(b.path(), ThreeSamples(), {}));
}

TEST(Shards, AFlippedBitIsFound) {
  const TemporaryFolder folder;
  WriteShards(folder.path(), ThreeSamples(), {});
  std::string bytes = ReadFile(folder.path() / "shard-00000.jsonl");
  bytes[8] ^= 1;
  WriteFileAtomic(folder.path() / "shard-00000.jsonl", bytes);
  EXPECT_THROW(ReadShards(folder.path()), Error);
}

TEST(Shards, AnInterruptedWriteLeavesTheEarlierSetWhole) {
  const TemporaryFolder folder;
  const std::string sha256 = WriteShards(folder.path(), ThreeSamples(), {}, 1);
  {
    ShardWriter writer(folder.path(), 1);
    writer.Add(ThreeSamples()[0]);
  }
  EXPECT_EQ(ReadShards(folder.path()).size(), 3u);
  EXPECT_EQ(StringAt(ReadManifest(folder.path()), "sha256", "manifest"), sha256);
}

TEST(Shards, AFirstWriteThatIsInterruptedHasNoManifest) {
  const TemporaryFolder folder;
  {
    ShardWriter writer(folder.path(), 1);
    writer.Add(ThreeSamples()[0]);
  }
  EXPECT_THROW(ReadManifest(folder.path()), Error);
}

TEST(Shards, AShorterSetLeavesNothingOfTheEarlierOne) {
  const TemporaryFolder folder;
  WriteShards(folder.path(), ThreeSamples(), {}, 1);
  WriteShards(folder.path(), {ThreeSamples()[0]}, {}, 1);
  EXPECT_EQ(ReadShards(folder.path()).size(), 1u);
  EXPECT_FALSE(fs::exists(folder.path() / "shard-00001.jsonl"));
}

TEST(Shards, AnotherVersionIsRefused) {
  const TemporaryFolder folder;
  folder.Write("manifest.json", R"({"format": "lingshu-shards", "version": 2, "shards": []})");
  EXPECT_THROW(ReadShards(folder.path()), Error);
}

TEST(Shards, AShardOutsideTheFolderIsRefused) {
  const TemporaryFolder folder;
  folder.Write("manifest.json",
               R"({"format": "lingshu-shards", "version": 1, "shards": [{"file": "../x", "sha256": ""}]})");
  EXPECT_THROW(ReadShards(folder.path()), Error);
}

TEST(Blobs, AreStoredOnceUnderTheirHash) {
  const TemporaryFolder folder;
  const ImageRef ref = PutBlob(folder.path(), "abc", "png");
  EXPECT_EQ(ref.path, "blob:" + Sha256Hex("abc"));
  EXPECT_EQ(PutBlob(folder.path(), "abc", "png").path, ref.path);
  EXPECT_EQ(ReadFile(BlobPath(folder.path(), ref)), "abc");
  EXPECT_EQ(ListFiles(folder.path() / "blobs").size(), 1u);
}

TEST(Blobs, RefuseUnknownExtensionsAndMalformedReferences) {
  const TemporaryFolder folder;
  EXPECT_THROW(PutBlob(folder.path(), "abc", "../x"), Error);
  EXPECT_THROW(BlobPath(folder.path(), {"blob:../../etc/passwd", ""}), Error);
  EXPECT_THROW(BlobPath(folder.path(), {"blob:" + std::string(64, '0'), ""}), Error);
}

}  // namespace
}  // namespace lingshu
