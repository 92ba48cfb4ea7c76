/** Where the provider says that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0). */
export const BACK_CHANNEL_LOGOUT = '/sso/back-channel-logout'
