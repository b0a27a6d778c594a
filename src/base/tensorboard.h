// TensorBoard event files with scalars, written by hand: no protobuf library is linked (torch ships its own headers of it).
//   file   = record*                         (TFRecord, tensorflow/core/lib/io/record_writer.h)
//   record = length:u64le  masked_crc(length):u32le  event[length]  masked_crc(event):u32le
//   event  = Event{1: wall_time double, 2: step int64, 3: file_version string | 5: Summary{1: Value{1: tag, 2: float}}}
// The first event of a file is {wall_time, file_version "brain.Event:2"}. Example: tag "a", value 1, step 1, time 1.5 is
//   09 00 00 00 00 00 00 F8 3F | 10 01 | 2A 0A (0A 08 (0A 01 61) (15 00 00 80 3F))
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/files.h"

namespace lingshu {

// CRC-32C (Castagnoli, RFC 3720 appendix B.4): Crc32c("123456789") is 0xE3069283.
uint32_t Crc32c(std::string_view bytes);

// The bytes of one record around an event.
std::string TfRecord(std::string_view event);
std::string FileVersionEvent(double wall_time_s);
std::string ScalarEvent(std::string_view tag, int64_t step, float value, double wall_time_s);

// Protocol: EventWriter (Scalar* Flush)*. Not thread-safe. Errors: Error(kIo | kNoSpace) naming the file.
class EventWriter {
 public:
  // Goes on at the end of a file that has events; else begins one. The name must contain "tfevents" for TensorBoard to see it.
  explicit EventWriter(const fs::path& path);
  ~EventWriter();  // flushes without throwing
  EventWriter(EventWriter&&) = delete;
  void Scalar(std::string_view tag, int64_t step, double value);  // stamped with the wall clock
  void Flush();                                                   // to the operating system

 private:
  fs::path path_;
  int fd_ = -1;
  std::string buffer_;
};

}  // namespace lingshu
