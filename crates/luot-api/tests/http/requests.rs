//! A request as bytes, for what a proper client does not send.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::fixture::Api;

/// Sends bytes and reads until the server closes or says no more for a moment.
pub async fn raw(api: &Api, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(api.address())
        .await
        .expect("a connection");
    stream.write_all(request).await.expect("sent");
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(Ok(n @ 1..)) = timeout(Duration::from_millis(200), stream.read(&mut buffer)).await
    {
        answer.extend(buffer.iter().take(n));
    }
    String::from_utf8_lossy(&answer).into_owned()
}
