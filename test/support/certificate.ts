// A certificate for 127.0.0.1 and localhost, valid until 2126, and its key. For tests alone: anybody
// can read the key here. Made by: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1
// -nodes -days 36500 -subj /CN=localhost -addext 'subjectAltName=IP:127.0.0.1,DNS:localhost'
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUOV4nA4fF7expc0E06D4PJgfX4rcwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTEwMTgzOFoYDzIxMjYxMDI4
MTAxODM4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARNe1MTrCk0wMWWaWlnQZR22vysLStVcx25mPrxxvqu3l6DWCTnaOGT
Kkxz2x9bVgjayzvjr2pPn9tHg9OausL1o28wbTAdBgNVHQ4EFgQUHaQMk+1G95C9
/9Hdqd3mL7GiqIQwHwYDVR0jBBgwFoAUHaQMk+1G95C9/9Hdqd3mL7GiqIQwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARhwR/AAABgglsb2NhbGhvc3QwCgYIKoZI
zj0EAwIDSAAwRQIgXLw4l3By/PSgbpNhwEPB/BY/GL9dQUbKxsDdkLpqiJUCIQDP
nn+LC+fTJ9vJCpvZEH+2SjOL7X53xU3nb06EZep+CA==
-----END CERTIFICATE-----`

export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQguH2K9UUdPpY6/g6W
BWrrzPb1XV3EHWiGgfWXPSu4ZYChRANCAARNe1MTrCk0wMWWaWlnQZR22vysLStV
cx25mPrxxvqu3l6DWCTnaOGTKkxz2x9bVgjayzvjr2pPn9tHg9OausL1
-----END PRIVATE KEY-----`
