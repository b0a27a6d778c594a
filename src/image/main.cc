// lingshu-decoder: the program of decoder processes (decoder.h). Not for users: it speaks over descriptors that its parent
// opened.
#include <fcntl.h>

#include <cstdio>

#include "image/decoder_protocol.h"

int main() {
  if (fcntl(lingshu::kDecoderSocket, F_GETFD) < 0 || fcntl(lingshu::kDecoderResult, F_GETFD) < 0) {
    std::fputs("lingshu-decoder is started by lingshu, which hands it files to decode.\n", stderr);
    return 2;
  }
  return lingshu::ServeDecoders();
}
