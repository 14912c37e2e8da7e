package views

// SignInPage is the door of the desk. With an Action it shows one button; without, how to get a sign-in link.
type SignInPage struct {
	Action string // root-relative address the button posts to
	Ended  bool   // the link was used or ran out
	Left   bool   // the person has just signed out
}
